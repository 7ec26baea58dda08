//! `GET /mass-payments?reference=&status=`: newest first, in parts.

use axum::extract::Query;
use axum::response::Response;
use deferral::core::{Kind, OperationQuery};
use deferral::http::{Api, FieldError, NextPage, Paging, Problem};
use deferral::prelude::*;
use serde::Deserialize;

use crate::view::{MassPaymentStatus, MassPaymentView};
use crate::{CreateMassPayment, stage};

/// Which ones; what else stands in the query is none of ours.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Filter {
    reference: Option<String>,
    status: Option<String>,
}

pub(super) async fn list(
    api: Api,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let (status, stage) = wanted(filter.status.as_deref())?;
    let query = OperationQuery {
        kind: Some(Kind::new(CreateMassPayment::KIND).map_err(Problem::internal)?),
        correlation: filter.reference,
        status,
        stage,
        before: paging.before()?,
        limit: paging.limit(),
        ..OperationQuery::default()
    };
    let page = api.operations(query).await?;
    let url = |path: &str| api.absolute(path);
    let items: Vec<MassPaymentView> =
        page.items.iter().map(|operation| MassPaymentView::of(operation, url)).collect();
    let last = page.items.last().filter(|_| page.more);
    Ok(api.list(&items, last.map(|operation| NextPage::After(operation.id))))
}

type Wanted = (Option<Status>, Option<String>);

/// The operations whose mass payments stand so. Those that are being canceled are in none of the
/// lists of open ones.
fn wanted(status: Option<&str>) -> Result<Wanted, Problem> {
    let Some(text) = status else { return Ok((None, None)) };
    let status = text.parse::<MassPaymentStatus>().map_err(|error| {
        let error = FieldError::new("/status", "InvalidValue", error.to_string());
        Problem::validation(vec![error])
    })?;
    let running = |stage: &str| (Some(Status::Running), Some(stage.to_owned()));
    Ok(match status {
        MassPaymentStatus::QueuedForProcessing => (Some(Status::NotStarted), None),
        MassPaymentStatus::Processing => running(stage::PROCESSING),
        MassPaymentStatus::Processed => (Some(Status::AwaitingConfirmation), None),
        MassPaymentStatus::QueuedForCreating => running(stage::QUEUED_FOR_CREATING),
        MassPaymentStatus::Creating => running(stage::CREATING),
        MassPaymentStatus::Created => (Some(Status::Succeeded), None),
        MassPaymentStatus::Canceled => (Some(Status::Canceled), None),
        MassPaymentStatus::Failed => (Some(Status::Failed), None),
    })
}
