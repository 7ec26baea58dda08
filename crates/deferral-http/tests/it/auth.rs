//! Tenants and API keys.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use deferral_core::commit::OperatorCommit;
use deferral_core::{ApiKey, Clock as _, OperationId, Store as _, Tenant};
use deferral_http::{ApiKeySecret, HttpApi, Settings};
use deferral_testing::{MemoryStore, TestClock};
use serde_json::Value;
use tower::Service as _;

use crate::rig::{Rig, has, header, id_of, problem};

pub(crate) async fn store_key(rig: &Rig, tenant: &str, seed: u8) -> (String, ApiKey) {
    let secret = ApiKeySecret::generate([seed; 40]);
    let settings = BTreeMap::from([("orders.mode".to_owned(), "sync".to_owned())]);
    let key = secret.key(Tenant::new(tenant).unwrap(), settings, rig.clock.now());
    rig.memory.commit(OperatorCommit::api_key(key.clone()).into()).await.unwrap();
    (secret.shown(), key)
}

#[tokio::test]
async fn a_key_says_whose_the_request_is() {
    let rig = Rig::new().await;
    let (acme, _) = store_key(&rig, "acme", 1).await;
    let accepted = rig.charge("/charges").bearer_auth(&acme).send().await.unwrap();
    assert_eq!(accepted.status(), 202);
    let path = format!("/orders/{}", id_of(&accepted));
    let order = rig.get(&path).header("api-key", &acme).send().await.unwrap();
    let order: Value = order.json().await.unwrap();
    assert_eq!((&order["tenant"], &order["mode"]), (&"acme".into(), &"sync".into()));
}

#[tokio::test]
async fn who_sends_no_key_is_challenged_and_who_sends_a_wrong_one_is_told_so() {
    let rig = Rig::new().await;
    let (acme, _) = store_key(&rig, "acme", 1).await;
    let response = rig.get("/operations").send().await.unwrap();
    assert_eq!(header(&response, "www-authenticate"), "Bearer realm=\"deferral\"");
    assert_eq!(problem(response).await.1, "Unauthenticated");
    let other = ApiKeySecret::generate([9; 40]).shown();
    let half = &acme[..acme.len() - 1];
    for wrong in [other.as_str(), half, "dfk_x_y", "nonsense", ""] {
        let response = rig.get("/operations").bearer_auth(wrong).send().await.unwrap();
        let challenge = "Bearer realm=\"deferral\", error=\"invalid_token\"";
        assert_eq!(header(&response, "www-authenticate"), challenge, "{wrong}");
        assert_eq!(problem(response).await.0, 401);
    }
    for public in ["/livez", "/readyz", "/openapi.json"] {
        assert_eq!(rig.get(public).send().await.unwrap().status(), 200, "{public}");
    }
}

#[tokio::test]
async fn a_new_key_is_known_at_once() {
    let rig = Rig::new().await;
    let id = rig.accept().await;
    let (acme, _) = store_key(&rig, "acme", 1).await;
    let path = format!("/operations/{id}");
    let seen = rig.get(&path).bearer_auth(&acme).send().await.unwrap();
    assert_eq!(seen.status(), 404, "it is the default tenant's");
    assert_eq!(rig.get(&path).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_revoked_key_is_refused() {
    let rig = Rig::new().await;
    let (acme, mut key) = store_key(&rig, "acme", 1).await;
    key.revoked_at = Some(rig.clock.now());
    rig.memory.commit(OperatorCommit::api_key(key).into()).await.unwrap();
    let response = rig.get("/operations").bearer_auth(&acme).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(rig.get("/operations").send().await.unwrap().status(), 401, "keys exist still");
}

#[tokio::test]
async fn anothers_operation_is_as_unknown_as_one_that_never_was() {
    let rig = Rig::new().await;
    let (acme, _) = store_key(&rig, "acme", 1).await;
    let (other, _) = store_key(&rig, "other", 2).await;
    let id = id_of(&rig.charge("/charges").bearer_auth(&acme).send().await.unwrap());
    let unknown: OperationId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
    for path in ["", "/result", "/events", "/errors", ":cancel", ":confirm", ":reject"] {
        let mut answers = Vec::new();
        for id in [id, unknown] {
            let path = format!("/operations/{id}{path}");
            let request = if path.contains(':') { rig.post(&path) } else { rig.get(&path) };
            let response = request.bearer_auth(&other).send().await.unwrap();
            let mut headers = response.headers().clone();
            headers.remove("date");
            let (.., mut document) = problem(response).await;
            document["instance"].take();
            answers.push((format!("{headers:?}"), document.to_string()));
        }
        assert_eq!(answers[0], answers[1], "{path}");
    }
    let listed = rig.get("/operations").bearer_auth(&other).send().await.unwrap();
    assert_eq!(listed.json::<Value>().await.unwrap()["value"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn tenants_do_not_share_keys() {
    let rig = Rig::new().await;
    let (acme, _) = store_key(&rig, "acme", 1).await;
    let (other, _) = store_key(&rig, "other", 2).await;
    let send = |key: &String| {
        rig.charge("/charges").bearer_auth(key).header("idempotency-key", "k").send()
    };
    let (first, second) = (send(&acme).await.unwrap(), send(&other).await.unwrap());
    assert_ne!(id_of(&first), id_of(&second));
    assert!(!has(&second, "idempotent-replayed"));
}

#[tokio::test]
async fn without_keys_only_this_host_is_served() {
    let store = Arc::new(MemoryStore::new(Arc::new(TestClock::new())));
    let mut router = HttpApi::new(store, Settings::default()).router(axum::Router::new(), &[]);
    let mut answered = async |peer: &str, host: &str, relayed: bool| {
        let mut request = Request::get("/operations").header("host", host);
        if relayed {
            request = request.header("x-forwarded-for", "1.2.3.4");
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        router.call(request).await.unwrap().status().as_u16()
    };
    assert_eq!(answered("127.0.0.1:5000", "localhost:8080", false).await, 200);
    assert_eq!(answered("[::1]:5000", "[::1]:8080", false).await, 200);
    assert_eq!(answered("127.0.0.1:5000", "localhost:8080", true).await, 401);
    assert_eq!(answered("127.0.0.1:5000", "rebound.example:8080", false).await, 401);
    assert_eq!(answered("10.0.0.7:5000", "localhost:8080", false).await, 401);
}
