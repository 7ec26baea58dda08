//! Who calls: the tenant of an API key, or this host's user while nobody has a key.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, header};
use deferral_core::{ApiKey, Store, StoreError};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::api_key::{is_secret_of, parts};
use crate::header::text;
use crate::problem::Problem;

const API_KEY: HeaderName = HeaderName::from_static("api-key");

/// What proxies add to a request, beside all that begins with [`FORWARDED`].
const RELAYED: [HeaderName; 3] =
    [header::VIA, header::FORWARDED, HeaderName::from_static("x-real-ip")];
const FORWARDED: &str = "x-forwarded-";

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
        request: &Parts,
    ) -> Result<Option<Arc<ApiKey>>, Problem> {
        let sent = credentials(&request.headers);
        if let Some((id, secret)) = sent.and_then(parts) {
            let key = self.key(id).await?;
            let valid = |key: &Arc<ApiKey>| key.revoked_at.is_none() && is_secret_of(key, secret);
            return key.filter(valid).map(Some).ok_or_else(|| Problem::unauthenticated(true));
        }
        if self.any_exist().await? {
            return Err(Problem::unauthenticated(sent.is_some()));
        }
        only_this_host(request).map_or(Ok(None), |message| Err(Problem::only_this_host(message)))
    }

    /// Whether who was let in with this key, or without one, would be let in still. While the
    /// store can't say, nobody is sent away: it tells them nothing either.
    pub(crate) async fn still_knows(&self, key: Option<&ApiKey>) -> bool {
        let Some(key) = key else { return !self.any_exist().await.unwrap_or(false) };
        let is_same = |now: Arc<ApiKey>| now.revoked_at.is_none() && now.hash == key.hash;
        self.key(&key.id).await.map_or(true, |now| now.is_some_and(is_same))
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

/// What is wrong with a caller who should be a user of this host: the connection comes from
/// elsewhere; or through a proxy here; or from a page in a browser here, of somebody whose name
/// was made to lead to this host.
fn only_this_host(request: &Parts) -> Option<&'static str> {
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
    let is_here = peer.is_some_and(|peer| is_loopback(peer.0.ip()));
    match () {
        () if !is_here => Some("Only this host is served until an API key exists."),
        () if is_relayed(&request.headers) => {
            Some("Nothing that came through a proxy is served until an API key exists.")
        }
        () if !names_this_host(request) => Some(
            "Only localhost and loopback addresses are served as `Host` until an API key exists.",
        ),
        () => None,
    }
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

fn is_relayed(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| RELAYED.contains(name) || name.as_str().starts_with(FORWARDED))
}

fn names_this_host(request: &Parts) -> bool {
    let sent = || text(&request.headers, &header::HOST)?.parse::<Authority>().ok();
    let Some(authority) = request.uri.authority().cloned().or_else(sent) else { return false };
    let host = authority.host();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(is_loopback)
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

    fn is_served(peer: &str, host: &str, proxy: Option<&'static str>) -> bool {
        let request = axum::http::Request::get("/operations").header(header::HOST, host);
        let request = proxy.into_iter().fold(request, |request, name| request.header(name, "x"));
        let mut parts = request.body(()).unwrap().into_parts().0;
        let peer = SocketAddr::new(peer.parse().unwrap(), 1);
        parts.extensions.insert(ConnectInfo(peer));
        only_this_host(&parts).is_none()
    }

    #[test]
    fn this_host_has_many_addresses() {
        for peer in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert!(is_served(peer, "localhost", None), "{peer}");
        }
        assert!(!is_served("10.0.0.1", "localhost", None));
        let nobody = axum::http::Request::get("/").header(header::HOST, "localhost");
        assert!(only_this_host(&nobody.body(()).unwrap().into_parts().0).is_some());
    }

    #[test]
    fn a_proxy_on_this_host_is_not_this_host() {
        let proxies = ["via", "forwarded", "x-real-ip", "x-forwarded-for", "x-forwarded-anything"];
        for name in proxies {
            assert!(!is_served("127.0.0.1", "localhost", Some(name)), "{name}");
        }
        assert!(is_served("127.0.0.1", "localhost", Some("x-forward")));
    }

    #[test]
    fn names_of_others_that_lead_here_are_not_this_host() {
        for host in ["localhost", "LocalHost:80", "127.0.0.1:8080", "127.8.8.8", "[::1]:8080"] {
            assert!(is_served("127.0.0.1", host, None), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example:80", "127.0.0.1.evil.example", "", "10.0.0.1"]
        {
            assert!(!is_served("127.0.0.1", host, None), "{host}");
        }
    }
}
