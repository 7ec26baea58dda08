//! Carries out the misbehavior that the [temper](crate::temper) decides on, around routes that
//! know nothing of it. A request has always arrived in full before anything goes wrong.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::task::JoinSet;

use crate::config::Misbehaving;
use crate::extract::Ago;
use crate::misbehavior::{Endpoint, Misbehavior};
use crate::problem::Problem;
use crate::store::{Store, StoreError};
use crate::temper::Temper;
use crate::wrong_answer;

/// The largest body that is read.
pub(crate) const MAX_BODY: usize = 12 * 1024 * 1024;

/// Misbehaves when told, and counts it.
#[derive(Debug)]
pub(crate) struct Conduct {
    store: Store,
    temper: Mutex<Temper>,
    landings: Mutex<JoinSet<()>>,
    seed: u64,
    stale: Duration,
    hang: Duration,
}

/// The middleware: lets a request through, or misbehaves at it.
pub(crate) async fn act(
    State(conduct): State<Arc<Conduct>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let request = arrive(request).await?;
    let endpoint = request
        .extensions()
        .get::<MatchedPath>()
        .and_then(|route| Endpoint::of(request.method(), route.as_str()));
    match endpoint.and_then(|endpoint| conduct.temper().next(endpoint)) {
        Some(misbehavior) => Ok(conduct.misbehave(misbehavior, request, next).await?),
        None => Ok(next.run(request).await),
    }
}

impl Conduct {
    pub(crate) fn new(store: Store, misbehaving: &Misbehaving) -> Self {
        Self {
            store,
            temper: Mutex::new(Temper::new(misbehaving)),
            landings: Mutex::new(JoinSet::new()),
            seed: misbehaving.seed,
            stale: misbehaving.stale,
            hang: misbehaving.hang,
        }
    }

    pub(crate) const fn seed(&self) -> u64 {
        self.seed
    }

    /// What of the script is still to come.
    pub(crate) fn pending(&self) -> Vec<String> {
        self.temper().pending()
    }

    async fn misbehave(
        &self,
        kind: Misbehavior,
        request: Request,
        next: Next,
    ) -> Result<Response, StoreError> {
        let answer = match kind {
            Misbehavior::LostBefore => wrong_answer::cut(),
            Misbehavior::ErrorBefore => wrong_answer::internal_error(),
            Misbehavior::Throttled => wrong_answer::throttled(),
            Misbehavior::Unavailable => wrong_answer::unavailable(),
            Misbehavior::NoLookup => wrong_answer::no_lookup(),
            Misbehavior::LostAfter => {
                next.run(request).await;
                wrong_answer::cut()
            }
            Misbehavior::ErrorAfter => {
                next.run(request).await;
                wrong_answer::internal_error()
            }
            Misbehavior::Garbage => {
                next.run(request).await;
                wrong_answer::garbage()
            }
            Misbehavior::Half => wrong_answer::half(next.run(request).await).await,
            Misbehavior::Late => return Ok(self.land_later(request, next)),
            Misbehavior::Hang => return self.hang().await,
            Misbehavior::Stale => return self.stale(request, next).await,
        };
        self.store.count_misbehavior(kind).await?;
        Ok(answer)
    }

    /// Does it after the answer was lost. If the process ends before, it never happens.
    fn land_later(&self, request: Request, next: Next) -> Response {
        let delay = self.temper().landing();
        let store = self.store.clone();
        let mut landings = self.landings.lock().unwrap_or_else(PoisonError::into_inner);
        while landings.try_join_next().is_some() {}
        landings.spawn(async move {
            tokio::time::sleep(delay).await;
            next.run(request).await;
            // A count that can't be written leaves nobody to tell.
            let _ = store.count_misbehavior(Misbehavior::Late).await;
        });
        wrong_answer::cut()
    }

    /// Counts before it waits, as a caller who gives up takes this future along.
    async fn hang(&self) -> Result<Response, StoreError> {
        self.store.count_misbehavior(Misbehavior::Hang).await?;
        tokio::time::sleep(self.hang).await;
        Ok(wrong_answer::cut())
    }

    /// Answers with the truth of a moment ago, and counts it if the truth has changed since.
    async fn stale(&self, request: Request, next: Next) -> Result<Response, StoreError> {
        let (parts, _) = request.into_parts();
        let fresh = Request::from_parts(parts.clone(), Body::empty());
        let mut stale = Request::from_parts(parts, Body::empty());
        stale.extensions_mut().insert(Ago(self.stale));

        let stale = wrong_answer::in_full(next.clone().run(stale).await).await;
        let fresh = wrong_answer::in_full(next.run(fresh).await).await;
        if (stale.status(), stale.body()) != (fresh.status(), fresh.body()) {
            self.store.count_misbehavior(Misbehavior::Stale).await?;
        }
        Ok(stale.map(Body::from))
    }

    fn temper(&self) -> MutexGuard<'_, Temper> {
        self.temper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn arrive(request: Request) -> Result<Request, Problem> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| Problem::TooLarge)?;
    Ok(Request::from_parts(parts, Body::from(body)))
}
