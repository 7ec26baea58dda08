//! Runs a rehearsal, item by item; goes on where an earlier attempt stopped.

use deferral::prelude::*;

use crate::rehearsal::{Rehearsal, Rehearsed};

/// Confirmed first if it says so, then item by item, stopping between items when canceled.
pub(crate) async fn rehearse(
    script: Rehearsal,
    cx: Context<()>,
) -> Result<Outcome<Rehearsed>, HandlerError> {
    if script.confirm {
        return ask(&script, &cx);
    }
    let mut item = cx.operation().and_then(|it| it.progress).map_or(0, |it| it.completed);
    while item < script.items {
        tokio::select! {
            () = cx.canceled() => return Ok(canceled()),
            () = tokio::time::sleep(script.pause()) => {}
        }
        finish_item(&script, &cx, item).await?;
        item += 1;
    }
    if cx.is_canceled() {
        return Ok(canceled());
    }
    if script.fail {
        let rejection = Rejection::new("RehearsalFailed", "The script said that it fails.");
        return Err(HandlerError::Failed(rejection));
    }
    let succeeded = script.items - script.failed_before(script.items);
    Ok(Outcome::Complete(Rehearsed { items: script.items, succeeded }))
}

fn ask(script: &Rehearsal, cx: &Context<()>) -> Result<Outcome<Rehearsed>, HandlerError> {
    let next = cx.job(&Rehearsal { confirm: false, ..script.clone() })?;
    let summary = format!("Rehearse {} items?", script.items);
    Ok(Outcome::Confirm(Box::new(Gate::new(summary, next))))
}

async fn finish_item(script: &Rehearsal, cx: &Context<()>, item: u64) -> Result<(), HandlerError> {
    let written = cx.operation().map_or(0, |operation| operation.error_count);
    let failed = script.failed_before(item);
    // An earlier attempt may have written the error and died before the progress.
    if script.fails(item) && written <= failed {
        let error = ItemError {
            code: "ItemFailed".to_owned(),
            message: format!("The script said that item {item} fails."),
            target: format!("/items/{item}"),
        };
        cx.item_errors(vec![error]).await?;
    }
    cx.progress(Progress {
        completed: item + 1,
        failed: failed + u64::from(script.fails(item)),
        total: Some(script.items),
        message: None,
    })
    .await
}

fn canceled() -> Outcome<Rehearsed> {
    let reason = Rejection::new("OperationCanceled", "The rehearsal was canceled.");
    Outcome::Cancel { reason, undo: None }
}
