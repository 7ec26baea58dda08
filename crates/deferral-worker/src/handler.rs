//! Your code for a kind.

use std::future::Future;
use std::pin::Pin;

use deferral_core::{HandlerError, Job, Outcome};

use crate::Context;

/// What a handler's call gives.
pub type Handling<T> = Pin<Box<dyn Future<Output = Result<Outcome<T>, HandlerError>> + Send>>;

/// Runs jobs of kind `J`: any `async fn(J, Context<S>) -> Result<impl Into<Outcome<J::Output>>,
/// HandlerError>`.
///
/// It runs at least once: the worker may die after any of its instructions, and the next attempt
/// begins at the top. Use [`Context::effect`] for what must not happen twice.
pub trait Handler<J: Job, S>: Send + Sync + 'static {
    /// Runs one attempt.
    fn handle(&self, job: J, context: Context<S>) -> Handling<J::Output>;
}

impl<J, S, F, R, O> Handler<J, S> for F
where
    J: Job,
    F: Fn(J, Context<S>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<O, HandlerError>> + Send + 'static,
    O: Into<Outcome<J::Output>>,
{
    fn handle(&self, job: J, context: Context<S>) -> Handling<J::Output> {
        let handling = self(job, context);
        Box::pin(async move { handling.await.map(Into::into) })
    }
}
