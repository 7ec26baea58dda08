//! An application's own guard against the same content.

use std::collections::HashMap;

use serde_json::json;

use crate::rig::{Rig, id_of, problem};

#[tokio::test]
async fn the_same_content_under_another_key_is_the_applications_problem() {
    let rig = Rig::new().await;
    let send = |key: &'static str| rig.charge("/guarded").header("idempotency-key", key).send();
    let first = send("a").await.unwrap();
    assert_eq!(send("a").await.unwrap().status(), 202, "the same key is a replay");
    let (status, code, document) = problem(send("b").await.unwrap()).await;
    assert_eq!((status, code.as_str()), (409, "PossibleDuplicate"));
    assert_eq!(document["duplicateStatus"], "NotStarted");
    let monitor = rig.url(&format!("/operations/{}", id_of(&first)));
    assert_eq!(document["operation"], monitor);
}

#[tokio::test]
async fn what_came_to_nothing_guards_nothing() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    for end in ["failed", "canceled"] {
        let first = rig.charge("/guarded").send().await.unwrap();
        assert_eq!(first.status(), 202, "after one that {end}");
        match end {
            "failed" => hand.begin().await.fail("AccountClosed").await,
            _ => drop(rig.act(id_of(&first), "cancel").await),
        }
    }
    assert_eq!(rig.charge("/guarded").send().await.unwrap().status(), 202);
    hand.begin().await.complete(json!(1)).await;
    assert_eq!(rig.charge("/guarded").send().await.unwrap().status(), 409, "what succeeded does");
}

#[tokio::test]
async fn a_race_for_a_guard_that_is_free_again_has_one_winner() {
    let rig = Rig::new().await;
    let first = rig.charge("/guarded").send().await.unwrap();
    rig.act(id_of(&first), "cancel").await;
    let sends: Vec<_> = (0..16).map(|_| tokio::spawn(rig.charge("/guarded").send())).collect();
    let mut statuses = HashMap::new();
    for send in sends {
        let status = send.await.unwrap().unwrap().status().as_u16();
        *statuses.entry(status).or_insert(0) += 1;
    }
    assert_eq!(statuses, HashMap::from([(202, 1), (409, 15)]));
}
