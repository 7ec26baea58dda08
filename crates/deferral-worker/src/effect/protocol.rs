//! The protocol of an effect: decide, record, call or ask, until it is known or must wait.

use std::future::Future;

use deferral_core::{CallError, Cause, Effect, EffectState, EffectStep, HandlerError, Rejection};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::record::lost;
use super::{EffectCall, Probe};
use crate::attempt::WriteError;

/// A decision leads to a call or an end within so many records; more is a defect of ours.
const MOST_STEPS: usize = 8;

fn decode<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, HandlerError> {
    serde_json::from_value(value).map_err(|error| HandlerError::Bug(Cause::new(error)))
}

impl<'a, T, C, P, R> EffectCall<'a, T, C, P>
where
    T: Serialize + DeserializeOwned + Send,
    C: FnMut(Uuid) -> R + Send,
    R: Future<Output = Result<T, CallError>> + Send,
    P: Probe<'a, T>,
{
    pub(super) async fn run(&mut self) -> Result<Result<T, Rejection>, HandlerError> {
        let mut effect = self.effect.known();
        for _ in 0..MOST_STEPS {
            match self.effect.next_step(&effect) {
                EffectStep::Return(value) => return decode(value).map(Ok),
                EffectStep::Refuse(rejection) => return Ok(Err(rejection)),
                EffectStep::TakeOver(state) => effect = self.effect.record(effect, state).await?,
                EffectStep::Send => return self.send(effect).await,
                EffectStep::Probe { believe_absence } => {
                    match self.ask(&effect, believe_absence).await? {
                        Some(value) => return Ok(Ok(value)),
                        None => effect.state = EffectState::Planned,
                    }
                }
                EffectStep::Wait => return Err(self.effect.ask_later(&effect).await?),
                EffectStep::Park(reason) => return Err(HandlerError::Park { reason }),
            }
        }
        Err(HandlerError::Bug(Cause::from("an effect did not come to a decision")))
    }

    /// Records that it is being sent, calls, and records what is known then.
    async fn send(&mut self, effect: Effect) -> Result<Result<T, Rejection>, HandlerError> {
        let attempt = self.effect.attempt.clone();
        let lease = attempt.lease();
        let effect = effect.sending(lease.token, lease.worker, attempt.now());
        attempt.record_effect(&effect).await.map_err(lost)?;
        let call = Box::pin((self.call)(self.effect.known_as(&effect)));
        let timeout = self.effect.timeout;
        let result = match tokio::time::timeout(timeout, attempt.fence.guard(call)).await {
            Ok(Ok(result)) => result,
            Ok(Err(_fell)) => return Err(lost(WriteError::Lost)),
            Err(_elapsed) => {
                Err(CallError::Unknown(Cause::from(format!("no answer within {timeout:?}"))))
            }
        };
        self.effect.answered(effect, result).await
    }

    /// Asks the far end. None when it did not happen and may be sent again.
    async fn ask(
        &mut self,
        effect: &Effect,
        believe_absence: bool,
    ) -> Result<Option<T>, HandlerError> {
        let attempt = self.effect.attempt.clone();
        let question = attempt.fence.guard(self.probe.ask(self.effect.known_as(effect)));
        let answer = match tokio::time::timeout(self.effect.timeout, question).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_fell)) => return Err(lost(WriteError::Lost)),
            Err(_elapsed) => Err(CallError::Unknown(Cause::from("no answer"))),
        };
        match answer {
            Ok(Some(value)) => self.effect.confirmed(effect.clone(), value).await.map(Some),
            Ok(None) if believe_absence => Ok(None),
            Err(CallError::Rejected(rejection)) => Err(HandlerError::Park {
                reason: format!(
                    "whether `{}` happened is unknown, and asking the far end can't settle it \
                     ({rejection}); say what happened with `operations resolve`",
                    effect.name
                ),
            }),
            Ok(None) | Err(_) => Err(self.effect.ask_later(effect).await?),
        }
    }
}
