//! Which handler runs which kind.

use std::collections::HashMap;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use deferral_core::{
    Cause, Durability, HandlerError, Job, Kind, NameError, Outcome, Policy, StoredJob, check_depth,
};
use serde_json::Value;

use crate::attempt::Attempt;
use crate::{Context, Handler};

type Running = Pin<Box<dyn Future<Output = Result<Outcome<Value>, HandlerError>> + Send>>;

/// A handler whose input and state are forgotten: bytes in, JSON out.
trait AnyHandler: Send + Sync {
    fn run(&self, attempt: Arc<Attempt>) -> Running;
}

struct Typed<J, S, H> {
    handler: H,
    state: Arc<S>,
    kind: PhantomData<fn(J)>,
}

impl<J: Job, S: Send + Sync + 'static, H: Handler<J, S>> AnyHandler for Typed<J, S, H> {
    fn run(&self, attempt: Arc<Attempt>) -> Running {
        let job = match serde_json::from_slice::<J>(attempt.job().input.bytes()) {
            Ok(job) => job,
            Err(error) => {
                // Another attempt would read the same bytes.
                let reason = format!("its input can't be read as {}: {error}", J::KIND);
                return Box::pin(async { Err(HandlerError::Park { reason }) });
            }
        };
        let handling = self.handler.handle(job, Context::new(self.state.clone(), attempt));
        Box::pin(async move { to_json(handling.await?) })
    }
}

fn to_json<T: serde::Serialize>(outcome: Outcome<T>) -> Result<Outcome<Value>, HandlerError> {
    Ok(match outcome {
        Outcome::Complete(value) => {
            let value = serde_json::to_value(value)
                .map_err(|error| HandlerError::Bug(Cause::new(error)))?;
            readable("its result", &value)?;
            Outcome::Complete(value)
        }
        Outcome::Then(job) => Outcome::Then(job),
        Outcome::Confirm(gate) => {
            readable("what is to be confirmed", &gate.details)?;
            readable("what a confirmation requires", &gate.requires)?;
            Outcome::Confirm(gate)
        }
        Outcome::Snooze(delay) => Outcome::Snooze(delay),
        Outcome::Cancel { reason, undo } => Outcome::Cancel { reason, undo },
    })
}

/// What could not be read again is not written: nobody would ever see how the operation stands.
fn readable(what: &str, value: &Value) -> Result<(), HandlerError> {
    check_depth(value).map_err(|error| HandlerError::Bug(Cause::from(format!("{what}: {error}"))))
}

/// The handler of a kind and the kind's policy.
#[derive(Clone)]
pub(crate) struct Registered {
    handler: Arc<dyn AnyHandler>,
    pub(crate) policy: Arc<Policy>,
}

impl Registered {
    pub(crate) fn run(&self, attempt: Arc<Attempt>) -> Running {
        self.handler.run(attempt)
    }
}

/// The kinds that a worker can run.
#[derive(Clone, Default)]
pub struct Registry {
    handlers: HashMap<(Kind, u32), Registered>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.handlers.keys()).finish()
    }
}

/// A kind that can't be registered.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Its name is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is a handler for it already.
    #[error("two handlers for {0} version {1}: give the new input a new VERSION")]
    Twice(Kind, u32),
    /// It moves money, and the store forgets at a power cut.
    #[error(
        "{0} moves money and needs a power-safe store, this one is {found}: change the store's \
         durability, or the kind's policy", found = .1.as_str()
    )]
    NotSafe(Kind, Durability),
}

impl Registry {
    /// Runs jobs of `J` with this handler, which sees this state.
    pub fn register<J: Job, S: Send + Sync + 'static>(
        &mut self,
        handler: impl Handler<J, S>,
        state: Arc<S>,
    ) -> Result<(), RegistryError> {
        let key = (Kind::new(J::KIND)?, J::VERSION);
        if self.handlers.contains_key(&key) {
            return Err(RegistryError::Twice(key.0, key.1));
        }
        let handler = Arc::new(Typed { handler, state, kind: PhantomData::<fn(J)> });
        let policy = Arc::new(J::policy());
        self.handlers.insert(key, Registered { handler, policy });
        Ok(())
    }

    /// Adds the kinds of another registry.
    pub fn merge(&mut self, other: Self) -> Result<(), RegistryError> {
        for (key, registered) in other.handlers {
            if self.handlers.contains_key(&key) {
                return Err(RegistryError::Twice(key.0, key.1));
            }
            self.handlers.insert(key, registered);
        }
        Ok(())
    }

    /// The kinds and versions that can be run, in order.
    pub fn kinds(&self) -> Vec<(Kind, u32)> {
        let mut kinds: Vec<_> = self.handlers.keys().cloned().collect();
        kinds.sort();
        kinds
    }

    /// Refuses kinds that move money on a store that is not power-safe.
    pub fn check_durability(&self, durability: Durability) -> Result<(), RegistryError> {
        let unsafe_kind = self
            .handlers
            .iter()
            .find(|(_, registered)| registered.policy.money && durability < Durability::PowerSafe);
        match unsafe_kind {
            Some(((kind, _), _)) => Err(RegistryError::NotSafe(kind.clone(), durability)),
            None => Ok(()),
        }
    }

    pub(crate) fn find(&self, job: &StoredJob) -> Option<&Registered> {
        self.handlers.get(&(job.kind.clone(), job.version))
    }
}
