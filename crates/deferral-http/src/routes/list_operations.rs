//! `GET /operations`: newest first, in parts.

use axum::response::Response;
use deferral_core::{Kind, OperationQuery};

use crate::api::Api;
use crate::document::{Document, Shown};
use crate::page::{NextPage, Paging, parameter};
use crate::problem::{FieldError, Problem};

pub(super) async fn list(api: Api, paging: Paging) -> Result<Response, Problem> {
    let query = OperationQuery {
        status: filter(&api, "status")?,
        kind: filter::<Kind>(&api, "kind")?,
        correlation: parameter(&api.uri, "correlation"),
        before: paging.before()?,
        limit: paging.limit(),
        ..OperationQuery::default()
    };
    let page = api.operations(query).await?;
    let base = api.base();
    let frame = api.shared().frame(&base);
    let items: Vec<Document<'_>> =
        page.items.iter().map(|operation| frame.document(operation, Shown::Brief)).collect();
    let last = page.items.last().filter(|_| page.more);
    Ok(api.list(&items, last.map(|operation| NextPage::After(operation.id))))
}

fn filter<T: std::str::FromStr<Err: ToString>>(
    api: &Api,
    name: &str,
) -> Result<Option<T>, Problem> {
    let Some(text) = parameter(&api.uri, name) else { return Ok(None) };
    text.parse().map(Some).map_err(|error: T::Err| {
        let error = FieldError::new(format!("/{name}"), "InvalidValue", error.to_string());
        Problem::validation(vec![error])
    })
}
