//! A job that pays once, and passes each boundary at which it can be held.

use std::time::Duration;

use deferral::prelude::*;
use serde::{Deserialize, Serialize};

use super::far_end::{FarEnd, SETTLE, TIMEOUT};
use super::leaf::Leaf;

/// What the attempt writes in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    Complete,
    Fail,
    Snooze,
    Retry,
    FollowUp,
    Stage,
    Progress,
    ItemErrors,
}

impl Ending {
    /// Each kind of write.
    pub(crate) const ALL: [Self; 8] = [
        Self::Complete,
        Self::Fail,
        Self::Snooze,
        Self::Retry,
        Self::FollowUp,
        Self::Stage,
        Self::Progress,
        Self::ItemErrors,
    ];
}

/// Pays one line under a reference.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Step {
    pub(crate) reference: String,
    pub(crate) ending: Ending,
    /// Whether it blocks its thread before it ends, in a process that is set up for that.
    #[serde(default)]
    pub(crate) stall: bool,
}

impl Job for Step {
    const KIND: &'static str = "battery.step";
    type Output = bool;
}

/// Younger jobs snooze, once or a few times.
const SNOOZED_UNTIL: Duration = Duration::from_secs(2);

pub(super) async fn step(job: Step, cx: Context<FarEnd>) -> Result<Outcome<bool>, HandlerError> {
    let far_end = cx.state().of_a_run();
    far_end.pass("claimed").await;
    let id = cx
        .effect("create")
        .timeout(TIMEOUT)
        .settle(SETTLE)
        .call(|key| far_end.create(&job.reference, key))
        .probe(|key| far_end.find(key))
        .await?;
    far_end.pass("created").await;
    cx.effect("pay")
        .timeout(TIMEOUT)
        .settle(SETTLE)
        .call(|_| far_end.pay(&id))
        .probe(|_| far_end.is_paid(&id))
        .await?;
    if let (true, Some(stall)) = (job.stall, far_end.stall) {
        block(stall);
    }
    far_end.pass("paid").await;
    write(job.ending, &cx).await?;
    far_end.pass("written").await;
    end(job.ending, &cx)
}

#[expect(clippy::disallowed_methods, reason = "to block the thread is what it is for")]
fn block(time: Duration) {
    std::thread::sleep(time);
}

/// What is written before the end.
async fn write(ending: Ending, cx: &Context<FarEnd>) -> Result<(), HandlerError> {
    match ending {
        Ending::Stage => cx.stage("paid").await,
        Ending::Progress => {
            let progress = Progress { completed: 1, total: Some(1), ..Progress::default() };
            cx.progress(progress).await
        }
        Ending::ItemErrors if cx.operation().is_some_and(|it| it.error_count == 0) => {
            let error = ItemError {
                code: "Odd".to_owned(),
                message: "It was odd.".to_owned(),
                target: "/0".to_owned(),
            };
            cx.item_errors(vec![error]).await
        }
        _ => Ok(()),
    }
}

fn end(ending: Ending, cx: &Context<FarEnd>) -> Result<Outcome<bool>, HandlerError> {
    match ending {
        Ending::Fail => Err(HandlerError::Failed(Rejection::new("Told", "It was told to fail."))),
        Ending::Snooze if cx.age() < SNOOZED_UNTIL => {
            Ok(Outcome::Snooze(Duration::from_millis(200)))
        }
        Ending::Retry if cx.attempt() == 1 => {
            Err(HandlerError::Retry(Cause::from("it was told to".to_owned())))
        }
        Ending::FollowUp => {
            cx.enqueue(&Leaf {})?;
            Ok(Outcome::Complete(true))
        }
        _ => Ok(Outcome::Complete(true)),
    }
}
