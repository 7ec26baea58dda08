//! Workers come and go in the middle of their work.

use back_office::{Endpoint, Misbehavior, Mode, Script};
use serde_json::json;

use crate::world::{World, batch, eventually};

async fn sent(world: &World) -> String {
    let mut sent = batch("payroll", 4, 1);
    sent["accept_immediately"] = json!(true);
    sent["on_errors"] = json!("proceed_with_valid");
    world.accepted(&sent).await
}

#[tokio::test]
async fn a_worker_that_stops_in_the_middle_of_a_call_leaves_nothing_done_twice() {
    for endpoint in [Endpoint::Create, Endpoint::Confirm] {
        let hang = Script::new([(endpoint, Misbehavior::Hang)]);
        let mut world = World::with(|config| config.misbehaving.script = hang).await;
        let id = sent(&world).await;
        eventually("the call hangs", async || world.bank.pending().await.is_empty().then_some(()))
            .await;
        world.rest().await;
        world.work();
        world.until(&id, "created").await;
        assert_eq!(world.bank.paid().await, [4, 0], "{endpoint:?}");
        assert_eq!(world.bank.find(&id).await.len(), 1, "{endpoint:?}");
    }
}

#[tokio::test]
async fn a_worker_that_is_replaced_after_every_step_gets_there() {
    let pace = Mode::Async(std::time::Duration::from_millis(300));
    let mut world = World::idle(|config| config.mode = pace, "").await;
    let id = sent(&world).await;
    let mut seen = world.operation(&id).await["updateTime"].take();
    let mut replaced = 0;
    while world.mass_payment(&id).await["final"] == false {
        world.work();
        seen = eventually("a change", async || {
            let now = world.operation(&id).await["updateTime"].take();
            (now != seen).then_some(now)
        })
        .await;
        world.rest().await;
        replaced += 1;
    }
    assert!(replaced > 3, "{replaced}");
    assert_eq!(world.mass_payment(&id).await["counts"]["created"], 4);
    assert_eq!(world.operation(&id).await["errorCount"], 1);
    assert_eq!(world.bank.paid().await, [4, 0]);
}
