//! What is known about an effect, decided on and written down.

use std::time::Duration;

use deferral_core::{CallError, Cause, Effect, EffectState, EffectStep, HandlerError, Rejection};
use serde::Serialize;

use super::EffectBuilder;
use crate::attempt::WriteError;

/// How an attempt ends that may not write any more; nobody will read it.
pub(super) fn lost(error: WriteError) -> HandlerError {
    HandlerError::Retry(Cause::new(error))
}

impl EffectBuilder {
    pub(super) fn known(&self) -> Effect {
        self.attempt.effect(&self.name).unwrap_or_else(|| {
            let mut effect = Effect::planned(self.attempt.effect_owner(), &self.name);
            effect.key = self.key.unwrap_or(effect.key);
            effect
        })
    }

    pub(super) fn next_step(&self, effect: &Effect) -> EffectStep {
        let alive = match &effect.state {
            EffectState::Unknown { sender: Some(sender), .. } => self.attempt.is_alive(*sender),
            _ => false,
        };
        let token = self.attempt.lease().token;
        effect.next_step(token, &self.settings, alive, self.attempt.now())
    }

    pub(super) async fn record(
        &self,
        effect: Effect,
        state: EffectState,
    ) -> Result<Effect, HandlerError> {
        let effect = effect.into_state(state);
        self.attempt.record_effect(effect.clone()).await.map_err(lost)?;
        Ok(effect)
    }

    pub(super) fn verifying(&self, after: Duration) -> HandlerError {
        HandlerError::Verifying { effect: self.name.clone(), after }
    }

    pub(super) async fn answered<T: Serialize>(
        &self,
        effect: Effect,
        result: Result<T, CallError>,
    ) -> Result<Result<T, Rejection>, HandlerError> {
        match result {
            Ok(value) => self.confirmed(effect, value).await.map(Ok),
            Err(CallError::Rejected(rejection)) => {
                self.record(effect, EffectState::Rejected(rejection.clone())).await?;
                Ok(Err(rejection))
            }
            Err(CallError::NotSent(cause)) => {
                self.record(effect, EffectState::Planned).await?;
                Err(HandlerError::Retry(cause))
            }
            Err(CallError::Throttled(delay)) => {
                self.record(effect, EffectState::Planned).await?;
                Err(HandlerError::Throttled(delay))
            }
            Err(CallError::Unknown(cause)) => Err(self.unknown(effect, &cause).await?),
        }
    }

    pub(super) async fn confirmed<T: Serialize>(
        &self,
        effect: Effect,
        value: T,
    ) -> Result<T, HandlerError> {
        let json =
            serde_json::to_value(&value).map_err(|error| HandlerError::Bug(Cause::new(error)))?;
        self.record(effect, EffectState::Confirmed { value: json }).await?;
        Ok(value)
    }

    /// Records that nobody knows whether it happened; answers how the attempt ends.
    async fn unknown(&self, effect: Effect, cause: &Cause) -> Result<HandlerError, HandlerError> {
        let state = EffectState::Unknown {
            since: self.attempt.now(),
            sender: None,
            probes: 0,
            reason: cause.to_string(),
        };
        tracing::warn!(job.id = %self.attempt.job().id, effect = %effect.name, %cause,
            "Whether an effect happened is unknown");
        let effect = self.record(effect, state).await?;
        Ok(match self.next_step(&effect) {
            EffectStep::Park(reason) => HandlerError::Park { reason },
            _ => self.verifying(Effect::first_wait(&self.settings)),
        })
    }

    pub(super) async fn ask_later(&self, effect: &Effect) -> Result<HandlerError, HandlerError> {
        let Some((state, wait)) = effect.after_probe(&self.settings, self.attempt.now()) else {
            return Err(HandlerError::Bug(Cause::from("asked about an effect that is known")));
        };
        self.record(effect.clone(), state).await?;
        Ok(self.verifying(wait))
    }
}
