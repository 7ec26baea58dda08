//! Who is there when it stops: callers, readers, and some who never finish their sentence.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::counted::Counted;
use crate::error::Error;
use crate::report::Report;
use crate::world::answer::Answer;
use crate::world::history::{Fate, History, Order, Request};
use crate::world::stage::World;
use crate::world::wire::Wire;

/// So many callers send one order after the other.
const CALLERS: u64 = 8;

/// The crowd of one round.
pub(super) struct Crowd {
    over: Arc<AtomicBool>,
    calling: JoinSet<Vec<(Request, Option<String>)>>,
    polling: tokio::task::JoinHandle<Result<Answer, reqwest::Error>>,
    stream: Wire,
    half_body: Wire,
    half_head: Wire,
    silent: Wire,
}

impl Crowd {
    /// All of them are there, and the callers at it for a while.
    pub(super) async fn gather(
        world: &Arc<World>,
        round: u64,
        stuck: &str,
        dice: &mut StdRng,
    ) -> Result<Self, Error> {
        let url = world.api.url();
        let path = format!("/operations/{stuck}");
        let mut stream = Wire::to(&url).await?;
        stream.head(&format!("GET {path}/events"), &["accept: text/event-stream"]).await;
        let mut half_body = Wire::to(&url).await?;
        let lines =
            ["content-type: application/json", "content-length: 100", "expect: 100-continue"];
        half_body.head("POST /rehearsals", &lines).await;
        let (told, asked) = (stream.until("event: snapshot").await, half_body.until("100 ").await);
        if !(told && asked && half_body.send("{\"items\":").await) {
            let why = "an answer did not begin".to_owned();
            return Err(Error::Unexpected { what: "opening a stream and a body".to_owned(), why });
        }
        let mut half_head = Wire::to(&url).await?;
        half_head.send("POST /rehearsals HTTP/1.1\r\nhost: x\r\nidempo").await;
        let silent = Wire::to(&url).await?;
        let poll =
            world.api.get(&path).header("prefer", "wait=30").timeout(Duration::from_secs(60));
        let polling = tokio::spawn(Answer::to(poll));
        let (over, accepted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut calling = JoinSet::new();
        for caller in 0..CALLERS {
            let key = format!("shutdown-{round}-{caller}");
            let counters = (Arc::clone(&over), Arc::clone(&accepted));
            calling.spawn(call(Arc::clone(world), key, counters));
        }
        let enough = CALLERS * dice.random_range(2..6);
        while accepted.load(Ordering::SeqCst) < enough {
            sleep(Duration::from_millis(5)).await;
        }
        sleep(Duration::from_millis(dice.random_range(0..50))).await;
        Ok(Self { over, calling, polling, stream, half_body, half_head, silent })
    }

    /// It has stopped: what everybody was told.
    pub(super) async fn disperse(
        mut self,
        history: &mut History,
        report: &mut Report,
    ) -> Result<Counted, Error> {
        self.over.store(true, Ordering::SeqCst);
        let mut counted = Counted::default();
        for (request, wrong) in self.calling.join_all().await.into_iter().flatten() {
            counted.accepted += u64::from(!request.ids().is_empty());
            let refused = |fate: &Fate| matches!(fate, Fate::Refused { .. });
            counted.refused += request.fates.iter().filter(|fate| refused(fate)).count() as u64;
            if let Some(wrong) = wrong {
                report.finding(format!("{}: {wrong} as it stopped", request.key));
            }
            history.requests.push(request);
        }
        match self.polling.await {
            Ok(Ok(answer)) if answer.status == 200 => counted.open += 1,
            other => report.finding(format!("a long poll was told {other:?}")),
        }
        if self.stream.is_closed_within(Duration::from_secs(1)).await
            && self.stream.holds("retry: ")
        {
            counted.open += 1;
        } else {
            report.finding("a stream was not closed, or not told when to come back");
        }
        match self.half_body.status().await {
            Some(503) => counted.open += 1,
            other => report.finding(format!("half a body was told {other:?}")),
        }
        for mut wire in [self.half_head, self.silent] {
            if !wire.is_closed_within(Duration::from_secs(1)).await {
                report.finding("somebody who said nothing is still connected");
            }
        }
        Ok(counted)
    }
}

/// Sends orders until it is over, or nobody listens.
async fn call(
    world: Arc<World>,
    name: String,
    (over, accepted): (Arc<AtomicBool>, Arc<AtomicU64>),
) -> Vec<(Request, Option<String>)> {
    let mut sent = Vec::new();
    for number in 0.. {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let script = json!({"items": 2, "seconds": 0.2});
        let mut request = Request::new(format!("{name}-{number}"), Order::Rehearsal(script));
        let (fate, wrong) = match Answer::to(world.api.sending(&request.key, &request.order)).await
        {
            // It says of itself that nothing was recorded.
            Ok(answer) if answer.code() == "Draining" => {
                (Fate::Refused { why: "503 Draining".to_owned() }, None)
            }
            Ok(answer) => {
                let wrong =
                    (answer.status >= 500).then(|| format!("{} {}", answer.status, answer.code()));
                (answer.fate(), wrong)
            }
            Err(error) if error.is_connect() => {
                (Fate::Refused { why: "no connection".to_owned() }, None)
            }
            Err(error) => (Fate::Open { why: error.to_string() }, None),
        };
        accepted.fetch_add(u64::from(matches!(fate, Fate::Accepted { .. })), Ordering::SeqCst);
        let refused = matches!(fate, Fate::Refused { .. });
        request.fates.push(fate);
        sent.push((request, wrong));
        if refused {
            break;
        }
    }
    sent
}
