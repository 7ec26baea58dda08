//! Cancel, confirm, reject, delete: §6 of the contract.

use deferral_core::OperationId;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::hand::Hand;
use crate::rig::{Rig, header, id_of, problem, refusal};

/// Where an operation can stand.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    NotStarted,
    Running,
    Awaiting,
    Canceling,
    Canceled,
    Rejected,
    Succeeded,
    Failed,
    SucceededConfirmed,
}

/// An operation that stands so.
async fn operation(rig: &Rig, hand: &Hand, state: State) -> OperationId {
    let id = rig.accept().await;
    match state {
        State::NotStarted => {}
        State::Running => drop(hand.begin().await),
        State::Awaiting => hand.begin().await.hold(Value::Null).await,
        State::Canceling => {
            hand.begin().await.progress(1, 2).await;
            rig.act(id, "cancel").await;
        }
        State::Canceled => drop(rig.act(id, "cancel").await),
        State::Rejected => {
            hand.begin().await.hold(Value::Null).await;
            rig.act(id, "reject").await;
        }
        State::Succeeded => hand.begin().await.complete(json!(1)).await,
        State::Failed => hand.begin().await.fail("AccountClosed").await,
        State::SucceededConfirmed => {
            hand.begin().await.hold(Value::Null).await;
            rig.act(id, "confirm").await;
            hand.claim().await.complete(json!(1)).await;
        }
    }
    id
}

/// The status of the answer, with the code if it is a problem.
async fn told(response: Response) -> String {
    let status = response.status().as_u16();
    if status < 400 { status.to_string() } else { problem(response).await.1 }
}

async fn delete(rig: &Rig, id: OperationId) -> Response {
    rig.request(Method::DELETE, &format!("/operations/{id}")).send().await.unwrap()
}

async fn check(state: State, expected: [&str; 4]) {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let mut found = Vec::new();
    for verb in ["cancel", "confirm", "reject"] {
        let id = operation(&rig, &hand, state).await;
        found.push(told(rig.act(id, verb).await).await);
        // What was left over must not be claimed in place of the next one.
        if rig.status(id).await["status"] == "NotStarted" {
            hand.begin().await;
        }
        if state == State::Awaiting && verb == "confirm" {
            hand.claim().await;
        }
    }
    let id = operation(&rig, &hand, state).await;
    found.push(told(delete(&rig, id).await).await);
    assert_eq!(found, expected, "{state:?}: cancel, confirm, reject, DELETE");
}

const PENDING: &str = "ConfirmationNotPending";
const UNFINISHED: &str = "OperationNotFinished";
const FINISHED: &str = "OperationAlreadyFinished";

#[tokio::test]
async fn what_can_be_done_while_it_is_not_finished() {
    check(State::NotStarted, ["202", PENDING, PENDING, UNFINISHED]).await;
    check(State::Running, ["202", PENDING, PENDING, UNFINISHED]).await;
    check(State::Awaiting, ["202", "202", "202", UNFINISHED]).await;
    check(State::Canceling, ["202", PENDING, PENDING, UNFINISHED]).await;
}

#[tokio::test]
async fn what_can_be_done_once_it_is_finished() {
    check(State::Canceled, ["200", PENDING, PENDING, "204"]).await;
    check(State::Rejected, ["200", PENDING, "200", "204"]).await;
    check(State::Succeeded, [FINISHED, PENDING, PENDING, "204"]).await;
    check(State::SucceededConfirmed, [FINISHED, "200", PENDING, "204"]).await;
    check(State::Failed, [FINISHED, PENDING, PENDING, "204"]).await;
}

#[tokio::test]
async fn an_action_says_where_to_look_further() {
    let rig = Rig::new().await;
    let id = rig.accept().await;
    let response = rig.act(id, "cancel").await;
    let monitor = rig.url(&format!("/operations/{id}"));
    assert_eq!(header(&response, "operation-location"), monitor);
    assert_eq!(header(&response, "content-location"), monitor);
    assert_eq!(id_of(&response), id);
    assert_eq!(response.json::<Value>().await.unwrap()["id"], id.to_string());
}

#[tokio::test]
async fn work_that_runs_is_asked_to_stop() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let held = hand.begin().await;
    let response = rig.act(id, "cancel").await;
    assert_eq!(header(&response, "retry-after"), "1");
    let document: Value = response.json().await.unwrap();
    assert_eq!(document["status"], "Canceling");
    assert!(document["links"].get("cancel").is_none());
    held.stop().await;
    assert_eq!(rig.status(id).await["status"], "Canceled");
}

#[tokio::test]
async fn confirming_twice_is_confirming_once() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    hand.begin().await.hold(Value::Null).await;
    assert_eq!(rig.act(id, "confirm").await.status(), 202);
    assert_eq!(rig.act(id, "confirm").await.status(), 200);
    let document = rig.status(id).await;
    assert_eq!(document["status"], "Running");
    assert_eq!(document["confirmation"]["state"], "Confirmed");
    assert_eq!(document["stage"], "queued_for_creating");
    let after = rig.act(id, "reject").await;
    let (status, code, document) = problem(after).await;
    assert_eq!((status, code.as_str()), (409, PENDING));
    assert_eq!(document["confirmationState"], "Confirmed");
}

#[tokio::test]
async fn a_confirmation_must_carry_what_the_gate_requires() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    hand.begin().await.hold(json!({"accept_errors": true})).await;
    let path = format!("/operations/{id}:confirm");
    let (status, code, document) = problem(rig.post(&path).send().await.unwrap()).await;
    assert_eq!((status, code.as_str()), (422, "ValidationFailed"));
    assert_eq!(document["errors"][0]["pointer"], "#/data/accept_errors");
    let body = json!({"comment": "checked by two", "data": {"accept_errors": true}});
    let order = rig.post(&format!("/orders/{id}:confirm")).json(&body).send().await.unwrap();
    assert_eq!(order.status(), 202, "the application's own route decides alike");
    assert_eq!(rig.status(id).await["confirmation"]["comment"], "checked by two");
}

#[tokio::test]
async fn an_expired_gate_can_not_be_confirmed() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    hand.begin().await.hold(Value::Null).await;
    rig.clock.advance(std::time::Duration::from_secs(7 * 24 * 3600));
    let (status, code, document) = problem(rig.act(id, "confirm").await).await;
    assert_eq!((status, code.as_str()), (409, PENDING));
    assert_eq!(document["confirmationState"], "Expired");
}

#[tokio::test]
async fn a_decision_holds_for_what_was_seen() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    hand.begin().await.hold(Value::Null).await;
    let path = format!("/operations/{id}:confirm");
    for stale in ["\"2\"", "W/\"3\"", "nonsense"] {
        let response = rig.post(&path).header("if-match", stale).send().await.unwrap();
        assert_eq!(header(&response, "etag"), "\"3\"");
        assert_eq!(problem(response).await.1, "EtagMismatch", "{stale}");
    }
    let confirm = || rig.post(&path).header("if-match", "\"3\"").send();
    assert_eq!(confirm().await.unwrap().status(), 202);
    assert_eq!(confirm().await.unwrap().status(), 200, "who repeats it saw what was before");
    let delete = || {
        let delete = rig.request(Method::DELETE, &format!("/operations/{id}"));
        refusal(delete.header("if-match", "\"3\""))
    };
    assert_eq!(delete().await.1, UNFINISHED, "a condition is for what can be done at all");
    hand.claim().await.complete(json!(1)).await;
    assert_eq!(delete().await.1, "EtagMismatch");
}

#[tokio::test]
async fn empty_bodies_are_accepted_whatever_they_claim_to_be() {
    let rig = Rig::new().await;
    for media_type in ["application/json", "text/plain", "application/octet-stream"] {
        let path = format!("/operations/{}:cancel", rig.accept().await);
        let response = rig.post(&path).header("content-type", media_type).send().await.unwrap();
        assert_eq!(response.status(), 202, "{media_type}");
    }
    let path = format!("/operations/{}:cancel", rig.accept().await);
    assert_eq!(refusal(rig.post(&path).body("x")).await.0, 415);
    let broken = rig.post(&path).header("content-type", "application/json").body("{");
    assert_eq!(refusal(broken).await, (400, "MalformedBody".to_owned()));
    assert_eq!(refusal(rig.post(&path).json(&json!([null, null]))).await.0, 422);
}

#[tokio::test]
async fn what_can_not_be_canceled_offers_no_link() {
    let rig = Rig::new().await;
    let id = id_of(&rig.charge("/unstoppable").send().await.unwrap());
    let (status, code, _) = problem(rig.act(id, "cancel").await).await;
    assert_eq!((status, code.as_str()), (409, "OperationNotCancelable"));
    assert!(rig.status(id).await["links"].get("cancel").is_none());
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    hand.begin().await.complete(json!(1)).await;
    assert_eq!(delete(&rig, id).await.status(), 204);
    assert_eq!(delete(&rig, id).await.status(), 410);
    assert_eq!(rig.act(id, "cancel").await.status(), 410);
}

#[tokio::test]
async fn a_race_of_decisions_has_one_winner() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    for _ in 0..50 {
        let id = rig.accept().await;
        hand.begin().await.hold(Value::Null).await;
        let (confirm, reject) = tokio::join!(rig.act(id, "confirm"), rig.act(id, "reject"));
        let won = [confirm.status().as_u16(), reject.status().as_u16()];
        let document = rig.status(id).await;
        match won {
            [202, 409] => assert_eq!(document["status"], "Running"),
            [409, 202] => assert_eq!(document["error"]["code"], "ConfirmationRejected"),
            other => panic!("{other:?}"),
        }
        if document["status"] == "Running" {
            hand.claim().await.complete(json!(1)).await;
        }
    }
}

#[tokio::test]
async fn an_action_finds_its_way_through_changes() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let held = hand.begin().await;
    let canceling = rig.act(id, "cancel");
    let changing = async {
        for completed in 0..5 {
            tokio::task::yield_now().await;
            held.item_errors(1).await;
            assert!(completed < 5);
        }
    };
    let (response, ()) = tokio::join!(canceling, changing);
    assert_eq!(response.status(), 202);
    assert_eq!(rig.status(id).await["status"], "Canceling");
}
