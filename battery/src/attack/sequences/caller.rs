//! One caller: asks what its dice say, and compares.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::model::{Answered, Decision, State, Verb};
use crate::error::Error;
use crate::world::answer::Answer;
use crate::world::stage::World;

const VERBS: [Verb; 8] = [
    Verb::Replay,
    Verb::OtherBody,
    Verb::Look,
    Verb::Result,
    Verb::Cancel,
    Verb::Confirm,
    Verb::Reject,
    Verb::Delete,
];

/// An operation as its caller knows it.
#[derive(Debug)]
struct Known {
    key: String,
    id: String,
    script: Value,
    state: State,
    version: u64,
    decision: Option<Decision>,
}

/// What a caller did and saw.
pub(super) struct Caller {
    world: Arc<World>,
    number: u64,
    dice: StdRng,
    known: Vec<Known>,
    pub(super) wrong: Vec<String>,
    pub(super) asked: u64,
    pub(super) replays: u64,
    pub(super) seen: BTreeSet<(State, Verb, u16)>,
}

impl Caller {
    pub(super) fn new(world: Arc<World>, number: u64, dice: StdRng) -> Self {
        let (known, wrong, seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        Self { world, number, dice, known, wrong, asked: 0, replays: 0, seen }
    }

    pub(super) fn accepted(&self) -> u64 {
        self.known.len() as u64
    }

    pub(super) async fn play(mut self, steps: u64) -> Result<Self, Error> {
        for _ in 0..steps {
            // Always as many throws, so that one answer does not change what is asked next.
            let (what, which, verb, stale) = (
                self.dice.random_range(0..100_u32),
                self.dice.random::<u64>(),
                self.dice.random_range(0..VERBS.len()),
                self.dice.random_bool(0.15),
            );
            match what {
                _ if self.known.is_empty() => self.start().await?,
                0..12 => self.start().await?,
                12..16 => self.start_wrong().await?,
                16..20 => self.list().await?,
                _ => {
                    // Mostly what is new: the old ones are over.
                    let newest = (self.known.len() as u64).min(if what < 80 { 6 } else { 1000 });
                    let back = usize::try_from(which % newest).unwrap_or_default();
                    let at = self.known.len() - 1 - back;
                    self.ask(at, VERBS[verb], stale).await?;
                }
            }
        }
        Ok(self)
    }

    fn post(&self, key: &str, script: &Value) -> RequestBuilder {
        self.world.api.post("/rehearsals").header("idempotency-key", key).json(script)
    }

    async fn answer(&mut self, what: &str, request: RequestBuilder) -> Result<Answer, Error> {
        self.asked += 1;
        let failed = |source| Error::Http { what: what.to_owned(), source };
        Answer::to(request).await.map_err(failed)
    }

    async fn start(&mut self) -> Result<(), Error> {
        let key = format!("sequences-{}-{}", self.number, self.known.len());
        let script = json!({
            "items": self.dice.random_range(1..4),
            "seconds": if self.dice.random_bool(0.3) { 2.0 } else { 0.05 },
            "fail": self.dice.random_bool(0.2),
            "confirm": self.dice.random_bool(0.5),
        });
        let answer = self.answer(&key, self.post(&key, &script)).await?;
        match answer.id() {
            Some(id) if answer.status == 202 && !answer.is_replay() => {
                let (state, version, decision) = (State::NotStarted, 1, None);
                self.known.push(Known { key, id, script, state, version, decision });
            }
            _ => self.wrong.push(format!("{key}: a first start was told {answer:?}")),
        }
        Ok(())
    }

    /// What is refused takes no key: the next start uses the same.
    async fn start_wrong(&mut self) -> Result<(), Error> {
        let key = format!("sequences-{}-{}", self.number, self.known.len());
        let answer = self.answer(&key, self.post(&key, &json!({"items": 0}))).await?;
        if (answer.status, answer.code()) != (422, "ValidationFailed") {
            self.wrong.push(format!("{key}: a wrong start was told {answer:?}"));
        }
        Ok(())
    }

    /// Newest first, without repeats, with mine that are new and without those I deleted.
    async fn list(&mut self) -> Result<(), Error> {
        let request = self.world.api.get("/operations?pageSize=1000&kind=rehearsal");
        let answer = self.answer("the list", request).await?;
        let items = answer.body["value"].as_array().cloned().unwrap_or_default();
        let ids: Vec<&str> = items.iter().filter_map(|item| item["id"].as_str()).collect();
        if !ids.windows(2).all(|pair| pair[0] > pair[1]) {
            self.wrong.push("a list is not newest first, or has one twice".to_owned());
        }
        for (back, known) in self.known.iter().rev().enumerate() {
            let (listed, deleted) =
                (ids.contains(&known.id.as_str()), known.state == State::Deleted);
            let must = back < 20 && !deleted;
            if (listed && deleted) || (must && !listed) {
                let wrong = format!("{}: listed: {listed}, deleted: {deleted}", known.id);
                self.wrong.push(wrong);
            }
        }
        Ok(())
    }

    /// Asks something of an operation, between two looks at it.
    async fn ask(&mut self, at: usize, verb: Verb, stale: bool) -> Result<(), Error> {
        self.look(at, None).await?;
        let (request, what) = self.request(at, verb, stale);
        let answer = self.answer(&what, request).await?;
        let known = &mut self.known[at];
        let right = known.state.right(verb, known.decision, stale);
        // Documents of operations that ended badly have a code too.
        let code = if answer.status < 400 { "" } else { answer.code() };
        let is_right = |told: &Answered| *told == (answer.status, code);
        if !right.iter().any(is_right) {
            let (before, decision) = (known.state, known.decision);
            self.wrong.push(format!(
                "{what}: {before:?} ({decision:?}, stale: {stale}): told {} {}, right: {right:?}",
                answer.status, code
            ));
        }
        self.seen.insert((known.state, verb, answer.status));
        match (verb, answer.status) {
            (Verb::Confirm, 202) => known.decision = Some(Decision::Confirmed),
            (Verb::Reject, 202) => known.decision = Some(Decision::Rejected),
            (Verb::Replay, 202) => {
                self.replays += 1;
                if answer.id().as_ref() != Some(&known.id) || !answer.is_replay() {
                    self.wrong.push(format!("{what}: replayed as {answer:?}"));
                } else if answer.body["status"] != "NotStarted" || answer.body["done"] == true {
                    self.wrong.push(format!("{what}: a 202 that is not of its beginning"));
                }
            }
            _ => {}
        }
        self.look(at, Some((verb, answer.status))).await
    }

    fn request(&self, at: usize, verb: Verb, stale: bool) -> (RequestBuilder, String) {
        let Known { key, id, script, .. } = &self.known[at];
        let path = |tail: &str| format!("/operations/{id}{tail}");
        let api = &self.world.api;
        let request = match verb {
            Verb::Replay => self.post(key, script),
            Verb::OtherBody => self.post(key, &json!({"items": 9})),
            Verb::Look => api.get(&path("")),
            Verb::Result => api.get(&path("/result")),
            Verb::Cancel => api.post(&path(":cancel")),
            Verb::Confirm => api.post(&path(":confirm")).json(&json!({"comment": "yes"})),
            Verb::Reject => api.post(&path(":reject")).json(&json!({"comment": "no"})),
            Verb::Delete => api.request(Method::DELETE, &path("")),
        };
        // Only changes rest on a version.
        let request = if stale { request.header("if-match", "\"999999\"") } else { request };
        (request.timeout(Duration::from_secs(60)), format!("{verb:?} {id}"))
    }

    /// Looks, and checks that it went nowhere but forward.
    async fn look(&mut self, at: usize, after: Option<(Verb, u16)>) -> Result<(), Error> {
        let id = self.known[at].id.clone();
        let request = self.world.api.get(&format!("/operations/{id}"));
        let answer = self.answer(&id, request).await?;
        let known = &mut self.known[at];
        let may = match after {
            Some((verb, status)) => known.state.after(verb, status),
            None => known.state.reach().to_vec(),
        };
        let state = match answer.status {
            410 => Some(State::Deleted),
            200 => State::of(answer.body["status"].as_str().unwrap_or_default()),
            _ => None,
        };
        let version = answer.version().unwrap_or(known.version);
        let forward = state.is_some_and(|state| may.contains(&state)) && version >= known.version;
        if !forward {
            self.wrong.push(format!(
                "{id}: {:?} at {} became {state:?} at {version} ({}) after {after:?}",
                known.state, known.version, answer.status
            ));
        }
        known.state = state.unwrap_or(known.state);
        known.version = version;
        Ok(())
    }
}
