//! `GET /operations/{id}/errors`: all item errors, in parts.

use axum::response::Response;

use crate::actions::Id;
use crate::api::Api;
use crate::document::ItemDocument;
use crate::page::{NextPage, Paging};
use crate::problem::Problem;

pub(super) async fn errors(api: Api, Id(id): Id, paging: Paging) -> Result<Response, Problem> {
    let offset = paging.offset()?;
    let operation = api.operation(id).await?;
    let store = &api.shared().store;
    let page = store.item_errors(&operation.tenant, id, offset, paging.limit()).await?;
    let items: Vec<ItemDocument<'_>> = page.items.iter().map(ItemDocument::of).collect();
    let next = page.more.then(|| NextPage::From(offset + items.len() as u64));
    Ok(api.list(&items, next))
}
