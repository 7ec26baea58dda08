//! Who calls: the tenant of an API key, or this host's user while nobody has a key.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName, header};
use deferral_core::{ApiKey, Store, StoreError};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::api_key::{is_secret_of, parts};
use crate::header::text;
use crate::problem::Problem;

const API_KEY: HeaderName = HeaderName::from_static("api-key");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How long what the store said is believed: a revoked key works no longer than that.
const FRESH: Duration = Duration::from_secs(5);

/// How many look-ups of unknown keys go to the store at a time: anybody can make keys up.
const LOOK_UPS: usize = 4;

/// How many keys are remembered.
const REMEMBERED: usize = 4096;

/// The keys that were seen lately.
pub(crate) struct KeyRing {
    store: Arc<dyn Store>,
    seen: Mutex<HashMap<String, Seen>>,
    exist: AtomicBool,
    none_at: Mutex<Option<Instant>>,
    look_ups: Semaphore,
}

#[derive(Clone)]
struct Seen {
    key: Arc<ApiKey>,
    at: Instant,
}

impl KeyRing {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            seen: Mutex::default(),
            exist: AtomicBool::new(false),
            none_at: Mutex::default(),
            look_ups: Semaphore::new(LOOK_UPS),
        }
    }

    /// The key of the caller; none for a caller on this host while there are no keys.
    pub(crate) async fn authenticate(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Option<Arc<ApiKey>>, Problem> {
        let sent = credentials(headers);
        if let Some((id, secret)) = sent.and_then(parts) {
            let key = self.key(id).await?;
            let valid = |key: &Arc<ApiKey>| key.revoked_at.is_none() && is_secret_of(key, secret);
            return key.filter(valid).map(Some).ok_or_else(|| Problem::unauthenticated(true));
        }
        if self.any_exist().await? {
            return Err(Problem::unauthenticated(sent.is_some()));
        }
        if is_on_this_host(headers, extensions) { Ok(None) } else { Err(Problem::only_loopback()) }
    }

    async fn key(&self, id: &str) -> Result<Option<Arc<ApiKey>>, StoreError> {
        let seen = self.lock().get(id).filter(|seen| seen.at.elapsed() < FRESH).cloned();
        if let Some(seen) = seen {
            return Ok(Some(seen.key));
        }
        let _turn = self.look_ups.acquire().await;
        let Some(key) = self.store.api_keys(Some(id)).await?.pop() else { return Ok(None) };
        let key = Arc::new(key);
        self.remember(Arc::clone(&key));
        Ok(Some(key))
    }

    fn remember(&self, key: Arc<ApiKey>) {
        self.exist.store(true, Ordering::Relaxed);
        let mut seen = self.lock();
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
        seen.insert(key.id.clone(), Seen { key, at: Instant::now() });
    }

    /// Whether there is a key, revoked ones included. Keys are never removed, so that what was
    /// once closed stays closed.
    async fn any_exist(&self) -> Result<bool, StoreError> {
        if self.exist.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let none_at = *self.none_at.lock().unwrap_or_else(PoisonError::into_inner);
        if none_at.is_some_and(|at| at.elapsed() < FRESH) {
            return Ok(false);
        }
        let exist = !self.store.api_keys(None).await?.is_empty();
        self.exist.store(exist, Ordering::Relaxed);
        *self.none_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(exist)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the caller sent to be recognized by.
fn credentials(headers: &HeaderMap) -> Option<&str> {
    let bearer = text(headers, &header::AUTHORIZATION).map(|sent| match sent.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => sent,
    });
    bearer.or_else(|| text(headers, &API_KEY))
}

/// Whether the connection comes from this host, and not through a proxy on it.
fn is_on_this_host(headers: &HeaderMap, extensions: &Extensions) -> bool {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let relayed = headers.contains_key(header::FORWARDED) || headers.contains_key(FORWARDED_FOR);
    !relayed && peer.is_some_and(|peer| is_loopback(peer.0.ip()))
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn credentials_come_as_bearer_or_as_api_key() {
        let sent = |name: HeaderName, value: &'static str| {
            let headers = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
            credentials(&headers).map(str::to_owned)
        };
        assert_eq!(sent(header::AUTHORIZATION, "bearer  dfk_1_2").as_deref(), Some("dfk_1_2"));
        assert_eq!(sent(API_KEY, "dfk_1_2").as_deref(), Some("dfk_1_2"));
        assert_eq!(sent(header::COOKIE, "dfk_1_2"), None);
    }

    #[test]
    fn this_host_has_many_addresses_and_no_proxies() {
        let peer = |ip: &str| {
            let mut extensions = Extensions::new();
            extensions.insert(ConnectInfo(SocketAddr::new(ip.parse().unwrap(), 1)));
            extensions
        };
        let direct = HeaderMap::new();
        for ip in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert!(is_on_this_host(&direct, &peer(ip)), "{ip}");
        }
        assert!(!is_on_this_host(&direct, &peer("10.0.0.1")));
        assert!(!is_on_this_host(&direct, &Extensions::new()));
        let relayed = HeaderMap::from_iter([(FORWARDED_FOR, HeaderValue::from_static("1.2.3.4"))]);
        assert!(!is_on_this_host(&relayed, &peer("127.0.0.1")));
    }
}
