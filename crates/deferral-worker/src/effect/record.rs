//! What is known about an effect, decided on and written down.

use std::time::Duration;

use deferral_core::canary::{self, Canary};
use deferral_core::{
    CallError, Cause, Effect, EffectSettings, EffectState, EffectStep, HandlerError, Rejection,
    Sight, TooDeep, Unsettled, check_depth,
};
use serde::Serialize;
use uuid::Uuid;

use super::EffectBuilder;
use crate::attempt::WriteError;

/// How an attempt ends that may not write any more; nobody will read it.
pub(super) fn lost(error: WriteError) -> HandlerError {
    HandlerError::Retry(Cause::new(error))
}

impl EffectBuilder {
    pub(super) fn known(&self) -> Effect {
        self.attempt.effects.get(&self.name).unwrap_or_else(|| {
            let mut effect = Effect::planned(self.attempt.effect_owner(), &self.name);
            effect.key = self.key.unwrap_or(effect.key);
            effect
        })
    }

    /// What the far end knows the effect by: the same in every attempt.
    pub(super) fn known_as(&self, effect: &Effect) -> Uuid {
        let token = self.attempt.lease().token.0;
        if canary::is(Canary::KeyPerAttempt) && token > 1 {
            return Uuid::new_v5(&effect.key, &token.to_be_bytes());
        }
        effect.key
    }

    pub(super) fn next_step(&self, effect: &Effect) -> EffectStep {
        effect.next_step(&self.settings(), &self.sight(effect))
    }

    /// "Not found" is never believed while our own call may still be under way.
    fn settings(&self) -> EffectSettings {
        EffectSettings { settle: self.settings.settle.max(self.timeout), ..self.settings }
    }

    fn sight(&self, effect: &Effect) -> Sight {
        let sender_alive = match &effect.state {
            EffectState::Unknown { sender: Some(sender), .. } => self.attempt.is_alive(*sender),
            _ => false,
        };
        Sight {
            token: self.attempt.lease().token,
            sender_alive,
            watched: self.attempt.effects.watched(effect),
            now: self.attempt.now(),
        }
    }

    pub(super) async fn record(
        &self,
        effect: Effect,
        state: EffectState,
    ) -> Result<Effect, HandlerError> {
        let effect = effect.into_state(state);
        self.attempt.record_effect(&effect).await.map_err(lost)?;
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
        if let Err(error) = check_depth(&json) {
            return Err(self.unreadable(effect, error).await?);
        }
        self.record(effect, EffectState::Confirmed { value: json }).await?;
        Ok(value)
    }

    /// It happened, and what the far end answered can't be kept: a person says what is to be kept
    /// instead. It is never sent again by itself.
    async fn unreadable(
        &self,
        effect: Effect,
        error: TooDeep,
    ) -> Result<HandlerError, HandlerError> {
        let why = format!("`{}` happened, and its answer can't be kept: {error}", effect.name);
        let effect = effect.given_up(why.clone(), self.attempt.now());
        self.attempt.record_effect(&effect).await.map_err(lost)?;
        let reason = format!("{why}; say what it answered with `operations resolve --happened`");
        Ok(HandlerError::Park { reason })
    }

    /// Records that nobody knows whether it happened; answers how the attempt ends.
    async fn unknown(&self, effect: Effect, cause: &Cause) -> Result<HandlerError, HandlerError> {
        tracing::warn!(job.id = %self.attempt.job().id, effect = %effect.name, %cause,
            "Whether an effect happened is unknown");
        let effect = effect.given_up(cause.to_string(), self.attempt.now());
        self.attempt.record_effect(&effect).await.map_err(lost)?;
        Ok(match self.next_step(&effect) {
            EffectStep::Park(reason) => HandlerError::Park { reason },
            _ => self.verifying(Effect::first_wait(&self.settings)),
        })
    }

    /// Records that nothing was found out; answers how the attempt ends.
    pub(super) async fn ask_later(&self, effect: &Effect) -> Result<HandlerError, HandlerError> {
        match effect.unsettled(&self.settings(), &self.sight(effect)) {
            Some(Unsettled::Later(state, wait)) => {
                self.record(effect.clone(), state).await?;
                Ok(self.verifying(wait))
            }
            Some(Unsettled::Park(reason)) => Ok(HandlerError::Park { reason }),
            None => Err(HandlerError::Bug(Cause::from("asked about an effect that is known"))),
        }
    }
}
