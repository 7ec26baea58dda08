//! Workers that are stopped past their lease, replaced, and resumed: they write nothing and send
//! nothing.

use std::time::Duration;

use axum::http::Method;
use deferral::core::{JobQuery, JobState, Store, WorkerId};
use deferral::sqlite::{Options, SqliteStore};
use serde_json::Value;

use crate::gate::{Gate, Held, Hold};
use crate::payments::Batch;
use crate::process::Process;
use crate::size::size;
use crate::world::{World, answer, check_events, eventually, stored};

const ROUNDS: (usize, usize) = (2, 30);

/// A worker that will be stopped, and the bank as it sees it.
struct Scene {
    world: World,
    gate: Gate,
    zombie: Process,
    api: Process,
}

impl Scene {
    async fn new() -> Self {
        // Nothing times out while a request is held; what is sent has landed when it is answered.
        let patient = ["mass_payments.timeout=5s", "mass_payments.settle=6s"];
        let world = World::new(|_| (), &patient).await;
        let gate = Gate::before(world.bank.url()).await;
        let api = world.api().await;
        let zombie = world.worker("zombie", &[&gate.setting()]);
        Self { world, gate, zombie, api }
    }

    /// Stops the zombie, outside of a transaction: in the middle of one it would hold the file's
    /// lock, so that nobody could write, and so nobody replace it, until it goes on.
    async fn freeze(&self) {
        let options = Options { patience: Duration::from_millis(300), ..Options::default() };
        let store = self.world.store_with(options).await;
        loop {
            self.zombie.freeze();
            // The smallest write there is.
            if store.leave(WorkerId::new(store.now(), rand::random())).await.is_ok() {
                return;
            }
            println!("zombies: stopped in the middle of a transaction; stops it again");
            self.zombie.thaw();
        }
    }

    /// Another worker takes over and ends the operation while the zombie is stopped; then the
    /// zombie goes on, which must change nothing.
    async fn replace_and_resume(&self, id: &str, batch: &Batch, held: Option<Held>) {
        let sent = self.gate.sent();
        let stale = self.world.stale("zombie");
        let heir = self.world.worker("heir", &[]);
        let end = self.world.until_done(id).await;
        assert_eq!(end["status"], "Succeeded", "{end}");
        drop(held);
        self.zombie.thaw();
        self.until_refused(stale).await;
        assert_eq!(self.gate.sent(), sent, "the zombie sent something");
        self.check(id, batch, &end).await;
        assert!(heir.end().await.success());
    }

    async fn until_refused(&self, before: usize) {
        eventually("the zombie's write was refused", async || {
            (self.world.stale("zombie") > before).then_some(())
        })
        .await;
    }

    /// The operation is as it was at its end, and each line is paid once.
    async fn check(&self, id: &str, batch: &Batch, end: &Value) {
        assert_eq!(self.world.operation(id).await, *end);
        check_events(&self.world.store().await, id).await;
        let ledger = self.world.bank.ledger().await;
        assert!(ledger.is_paid(batch));
        assert_eq!(ledger.twice(), 0);
        assert_eq!(self.world.bank.count(id).await, 1);
    }

    async fn end(self, what: &str, rounds: usize) {
        let refused = self.world.stale("zombie");
        println!("zombies, stopped {what}: {rounds} rounds, {refused} stale writes refused");
        assert!(refused >= rounds);
        assert!(self.zombie.end().await.success());
        assert!(self.api.end().await.success());
    }
}

fn batch(round: usize) -> Batch {
    Batch::immediate(&format!("round-{round}"), 10, 2)
}

/// Stops the zombie once it has claimed the job: none when it was too fast, and may have sent
/// something. While the file is locked here, it can't come further.
async fn stopped_before_it_sent(scene: &Scene, store: &SqliteStore, id: &str) -> Option<()> {
    loop {
        let _lock = scene.world.lock_store();
        let query = JobQuery { id: stored(store, id).await.job, limit: 1, ..JobQuery::default() };
        let mut found = store.jobs(&query).await.unwrap();
        let job = found.page.items.pop()?;
        if !found.effects.is_empty() || job.kind.as_str() != "mass_payment.create" {
            return None;
        }
        if matches!(job.state, JobState::Running { .. }) {
            scene.zombie.freeze();
            return Some(());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_stopped_before_an_effect_leaves_it_to_its_heir() {
    let scene = Scene::new().await;
    let rounds = size(ROUNDS.0, ROUNDS.1);
    let store = scene.world.store().await;
    let (mut done, mut tried) = (0, 0);
    while done < rounds {
        assert!(tried < rounds * 20 + 40, "it was always too fast: {done} of {tried}");
        tried += 1;
        let batch = batch(tried);
        let id = scene.world.send(&batch).await;
        if stopped_before_it_sent(&scene, &store, &id).await.is_some() {
            scene.replace_and_resume(&id, &batch, None).await;
            done += 1;
        } else {
            scene.world.until_done(&id).await;
        }
    }
    scene.end("before, sent nothing late", rounds).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_stopped_during_an_effect_does_not_take_its_answer() {
    let scene = Scene::new().await;
    let rounds = size(ROUNDS.0, ROUNDS.1);
    for round in 0..rounds {
        let batch = batch(round);
        let held = scene.gate.hold(Method::POST, Hold::Answer);
        let sent = scene.world.send(&batch);
        let (held, id) = tokio::join!(held, sent);
        scene.freeze().await;
        scene.replace_and_resume(&id, &batch, Some(held)).await;
    }
    scene.end("during, sent nothing late", rounds).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stopped_worker_may_have_sent_is_not_sent_again_while_it_could_go_on() {
    let scene = Scene::new().await;
    let rounds = size(ROUNDS.0, ROUNDS.1);
    for round in 0..rounds {
        let batch = batch(round);
        let held = scene.gate.hold(Method::POST, Hold::Forever);
        let (held, id) = tokio::join!(held, scene.world.send(&batch));
        scene.freeze().await;
        let stale = scene.world.stale("zombie");
        let gate = Gate::before(scene.world.bank.url()).await;
        let heir = scene.world.worker("heir", &[&gate.setting()]);
        // Asked more often than settling takes (after 1, 5 and 15 seconds), and still not sent.
        eventually("the heir has asked", async || (gate.sent().0 >= 3).then_some(())).await;
        assert_eq!(gate.sent().1, 0);
        scene.zombie.thaw();
        drop(held);
        scene.until_refused(stale).await;
        let end = scene.world.until_done(&id).await;
        assert_eq!(end["status"], "Succeeded", "{end}");
        scene.check(&id, &batch, &end).await;
        assert!(heir.end().await.success());
    }
    scene.end("during, nothing arrived, sent once in all", rounds).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_stopped_after_an_effect_writes_nothing_more() {
    let scene = Scene::new().await;
    let rounds = size(ROUNDS.0, ROUNDS.1);
    for round in 0..rounds {
        let batch = batch(round);
        // What it asks first is where the mass payment stands that it has just created.
        let held = scene.gate.hold(Method::GET, Hold::Answer);
        let (held, id) = tokio::join!(held, scene.world.send(&batch));
        scene.freeze().await;
        scene.replace_and_resume(&id, &batch, Some(held)).await;
    }
    scene.end("after, sent nothing late", rounds).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_worker_is_not_waited_for_by_anybody_else() {
    let scene = Scene::new().await;
    let batch = batch(0);
    let held = scene.gate.hold(Method::POST, Hold::Answer);
    let (held, id) = tokio::join!(held, scene.world.send(&batch));
    scene.freeze().await;
    let answer = answer(scene.world.get(&format!("/operations/{id}"))).await.unwrap();
    assert_eq!((answer.status, &answer.body["status"]), (200, &"Running".into()));
    scene.replace_and_resume(&id, &batch, Some(held)).await;
    scene.end("beside the API, sent nothing late", 1).await;
}
