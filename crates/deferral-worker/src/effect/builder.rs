//! An effect as a handler describes it.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use deferral_core::{CallError, Cause, EffectSettings, HandlerError, Rejection};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::attempt::Attempt;

/// A day of asking, then a person is called.
const GIVE_UP: Duration = Duration::from_secs(24 * 3600);

/// A future on the heap, with its type forgotten.
type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An effect about to be described: what its far end can do, then what to call.
#[must_use = "an effect does nothing until its call is awaited"]
pub struct EffectBuilder {
    pub(super) attempt: Arc<Attempt>,
    pub(super) name: String,
    pub(super) key: Option<Uuid>,
    pub(super) timeout: Duration,
    pub(super) settings: EffectSettings,
}

impl EffectBuilder {
    pub(crate) fn new(attempt: Arc<Attempt>, name: &str) -> Self {
        Self {
            attempt,
            name: name.to_owned(),
            key: None,
            timeout: Duration::from_secs(30),
            settings: EffectSettings {
                can_probe: false,
                settle: Duration::from_secs(60),
                deduplicates_for: None,
                give_up: GIVE_UP,
            },
        }
    }

    /// Uses this key, known to both sides, instead of one made of operation and name.
    pub const fn key(mut self, key: Uuid) -> Self {
        self.key = Some(key);
        self
    }

    /// How long to wait for an answer; 30 s unless said.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long after giving up "not found" is believed; 60 s unless said. At least the timeout
    /// plus the longest time in which the far end may still act on a request; never less than the
    /// timeout.
    pub const fn settle(mut self, settle: Duration) -> Self {
        self.settings.settle = settle;
        self
    }

    /// The far end recognizes a repeated key for so long.
    pub const fn deduplicates_for(mut self, retention: Duration) -> Self {
        self.settings.deduplicates_for = Some(retention);
        self
    }

    /// What to call, with the effect's key: the same in every attempt.
    pub const fn call<'a, T, C, R>(self, call: C) -> EffectCall<'a, T, C, NoProbe>
    where
        C: FnMut(Uuid) -> R,
        R: Future<Output = Result<T, CallError>> + Send + 'a,
    {
        EffectCall { effect: self, call, probe: NoProbe, value: PhantomData }
    }
}

/// The far end can't be asked whether it happened.
#[derive(Debug, Clone, Copy)]
pub struct NoProbe;

/// An effect with its call; await it.
#[must_use = "an effect does nothing until its call is awaited"]
pub struct EffectCall<'a, T, C, P> {
    pub(super) effect: EffectBuilder,
    pub(super) call: C,
    pub(super) probe: P,
    value: Value<'a, T>,
}

type Value<'a, T> = PhantomData<(fn() -> T, &'a ())>;

impl<'a, T, C> EffectCall<'a, T, C, NoProbe> {
    /// How to ask the far end whether it happened: by key, answering what the call would have.
    pub fn probe<P, R>(mut self, probe: P) -> EffectCall<'a, T, C, P>
    where
        P: FnMut(Uuid) -> R,
        R: Future<Output = Result<Option<T>, CallError>> + Send + 'a,
    {
        self.effect.settings.can_probe = true;
        EffectCall { effect: self.effect, call: self.call, probe, value: self.value }
    }
}

impl<'a, T, C, P> EffectCall<'a, T, C, P> {
    /// Gives the handler a refusal as a value, instead of ending the operation with it.
    pub const fn or_rejected(self) -> RejectedEffect<'a, T, C, P> {
        RejectedEffect(self)
    }
}

/// An effect whose refusal is a value for the handler.
#[must_use = "an effect does nothing until its call is awaited"]
pub struct RejectedEffect<'a, T, C, P>(EffectCall<'a, T, C, P>);

/// How to ask, if one can.
pub trait Probe<'a, T>: Send {
    /// Asks whether it happened.
    fn ask(&mut self, key: Uuid) -> Boxed<'a, Result<Option<T>, CallError>>;
}

impl<'a, T: Send + 'a> Probe<'a, T> for NoProbe {
    fn ask(&mut self, _: Uuid) -> Boxed<'a, Result<Option<T>, CallError>> {
        Box::pin(async { Err(CallError::Unknown(Cause::from("it can't be asked"))) })
    }
}

impl<'a, T, P, R> Probe<'a, T> for P
where
    P: FnMut(Uuid) -> R + Send,
    R: Future<Output = Result<Option<T>, CallError>> + Send + 'a,
{
    fn ask(&mut self, key: Uuid) -> Boxed<'a, Result<Option<T>, CallError>> {
        Box::pin(self(key))
    }
}

impl<'a, T, C, P, R> IntoFuture for EffectCall<'a, T, C, P>
where
    T: Serialize + DeserializeOwned + Send + 'a,
    C: FnMut(Uuid) -> R + Send + 'a,
    R: Future<Output = Result<T, CallError>> + Send + 'a,
    P: Probe<'a, T> + 'a,
{
    type Output = Result<T, HandlerError>;
    type IntoFuture = Boxed<'a, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move { self.run().await?.map_err(HandlerError::Failed) })
    }
}

impl<'a, T, C, P, R> IntoFuture for RejectedEffect<'a, T, C, P>
where
    T: Serialize + DeserializeOwned + Send + 'a,
    C: FnMut(Uuid) -> R + Send + 'a,
    R: Future<Output = Result<T, CallError>> + Send + 'a,
    P: Probe<'a, T> + 'a,
{
    type Output = Result<Result<T, Rejection>, HandlerError>;
    type IntoFuture = Boxed<'a, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move { self.0.run().await })
    }
}
