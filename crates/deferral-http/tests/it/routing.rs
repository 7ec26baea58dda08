//! Paths, methods and what stands where nothing is.

use deferral_http::{Limits, Settings};
use reqwest::Method;
use serde_json::Value;

use crate::auth::store_key;
use crate::raw::Raw;
use crate::rig::{Rig, has, header, id_of, problem, refusal};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn allow(rig: &Rig, method: Method, path: &str) -> String {
    let response = rig.request(method, path).send().await.unwrap();
    let allow = header(&response, "allow").to_owned();
    assert_eq!(problem(response).await.1, "MethodNotAllowed");
    allow
}

#[tokio::test]
async fn each_form_of_a_path_allows_its_own_methods() {
    let rig = Rig::new().await;
    let plain = format!("/operations/{ID}");
    for method in [Method::PUT, Method::POST, Method::PATCH] {
        let allowed = allow(&rig, method, &plain).await;
        let mut methods: Vec<&str> = allowed.split(", ").collect();
        methods.sort_unstable();
        assert_eq!(methods, ["DELETE", "GET", "HEAD"]);
    }
    for verb in ["cancel", "confirm", "reject"] {
        assert_eq!(allow(&rig, Method::GET, &format!("{plain}:{verb}")).await, "POST");
    }
    assert_eq!(allow(&rig, Method::DELETE, "/operations").await, "GET, HEAD");
    assert_eq!(allow(&rig, Method::GET, "/charges").await, "POST");
    assert_eq!(allow(&rig, Method::POST, "/livez").await, "GET, HEAD");
}

#[tokio::test]
async fn where_nothing_is_stands_a_problem() {
    let rig = Rig::new().await;
    assert_eq!(refusal(rig.get("/nothing")).await, (404, "NotFound".to_owned()));
    let unknown = refusal(rig.post(&format!("/operations/{ID}:explode"))).await;
    assert_eq!(unknown, (404, "ActionNotFound".to_owned()));
    for odd in ["x", "1", "%00", "a%2Fb", &ID.to_uppercase(), &format!("{ID}%3Acancel")] {
        let refused = refusal(rig.get(&format!("/operations/{odd}"))).await;
        assert_eq!(refused, (404, "OperationNotFound".to_owned()), "{odd}");
    }
    assert_eq!(refusal(rig.post("/operations/:cancel")).await.0, 404);
}

#[tokio::test]
async fn an_encoded_colon_belongs_to_the_id() {
    let rig = Rig::new().await;
    let id = rig.accept().await;
    let path = format!("/operations/{id}%3Acancel");
    assert_eq!(refusal(rig.post(&path)).await.0, 405, "it is no action");
    assert_eq!(rig.status(id).await["status"], "NotStarted");
}

#[tokio::test]
async fn applications_have_actions_too() {
    let rig = Rig::new().await;
    let id = rig.accept().await;
    let order: Value =
        rig.get(&format!("/orders/{id}")).send().await.unwrap().json().await.unwrap();
    assert_eq!(order["order"], id.to_string());
    assert_eq!(order["url"], rig.url("/orders"));
    assert_eq!(refusal(rig.post(&format!("/orders/{id}:sell"))).await.1, "ActionNotFound");
    let (_, code) = refusal(rig.post(&format!("/orders/{id}:confirm"))).await;
    assert_eq!(code, "ConfirmationNotPending");
}

#[tokio::test]
async fn unknown_query_parameters_are_ignored() {
    let rig = Rig::new().await;
    let id = rig.accept().await;
    for query in ["api-version=2026-01-01", "$alt=json;enum-encoding=int", "&&=&x"] {
        let response = rig.get(&format!("/operations/{id}?{query}")).send().await.unwrap();
        assert_eq!(response.status(), 200, "{query}");
    }
}

#[tokio::test]
async fn urls_begin_with_the_public_url() {
    let public_url = Some("https://api.example.com/deferral".to_owned());
    let settings = Settings { public_url, ..Settings::default() };
    let rig = Rig::with(settings, Limits::default()).await;
    let response = rig.charge("/charges").send().await.unwrap();
    let location = header(&response, "operation-location");
    assert!(location.starts_with("https://api.example.com/deferral/operations/"), "{location}");
}

#[tokio::test]
async fn without_one_they_begin_with_the_host_of_the_request() {
    let rig = Rig::new().await;
    let (acme, _) = store_key(&rig, "acme", 1).await;
    let id = id_of(&rig.charge("/charges").bearer_auth(&acme).send().await.unwrap());
    let mut raw = Raw::connect(rig.address).await;
    let head = format!("GET /operations/{id} HTTP/1.0\r\nhost: api.example.com\r\n");
    raw.send(format!("{head}api-key: {acme}\r\n\r\n")).await;
    assert!(raw.rest().await.contains(&format!("http://api.example.com/operations/{id}\"")));
}

#[tokio::test]
async fn browsers_of_other_origins_are_let_in_only_if_told_so() {
    let rig = Rig::new().await;
    let response = rig.get("/operations").header("origin", "https://a.example").send().await;
    assert!(!has(&response.unwrap(), "access-control-allow-origin"));

    let cors_origins = vec!["https://a.example".to_owned()];
    let settings = Settings { cors_origins, ..Settings::default() };
    let rig = Rig::with(settings, Limits::default()).await;
    let response = rig.get("/operations").header("origin", "https://a.example").send().await;
    let response = response.unwrap();
    assert_eq!(header(&response, "access-control-allow-origin"), "https://a.example");
    let exposed = header(&response, "access-control-expose-headers");
    assert!(exposed.contains("Operation-Location") && exposed.contains("Retry-After"));
    let response = rig.get("/operations").header("origin", "https://b.example").send().await;
    assert!(!has(&response.unwrap(), "access-control-allow-origin"));

    let preflight = rig
        .request(Method::OPTIONS, "/charges")
        .header("origin", "https://a.example")
        .header("access-control-request-method", "POST");
    let response = preflight.send().await.unwrap();
    assert_eq!(response.status(), 204);
    assert!(header(&response, "access-control-allow-headers").contains("Idempotency-Key"));
}

#[tokio::test]
async fn the_openapi_document_is_served() {
    let rig = Rig::new().await;
    let document: Value = rig.get("/openapi.json").send().await.unwrap().json().await.unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/operations/{id}:cancel"]["post"].is_object());
}
