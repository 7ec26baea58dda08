//! A reader of an event stream, which remembers what it has seen and comes back with that.

use std::time::Duration;

use reqwest::{Response, StatusCode};
use tokio::time::{sleep, timeout};

use super::stage::World;

/// How long a stream may be silent: twice the time between two signs of life, and some.
const SILENCE: Duration = Duration::from_secs(40);

/// What one reader saw of one operation.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The number of the last event.
    pub(crate) last: Option<u64>,
    /// Whether that was the end.
    pub(crate) ended: bool,
    /// What was out of order.
    pub(crate) wrong: Vec<String>,
    /// How many events it was told.
    pub(crate) events: u64,
    /// How often it came back and was told what it had missed.
    pub(crate) resumed: u64,
    /// How often the server, or its death, ended a stream that was not over.
    pub(crate) cut: u64,
}

/// What came of one connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// Try again.
    Again,
    /// There is nothing more to come: 204.
    Over,
}

impl Seen {
    /// Connects once and reads, for so long at most.
    pub(crate) async fn read_on(&mut self, world: &World, id: &str, at_most: Duration) -> Read {
        let mut request = world.api.get(&format!("/operations/{id}/events")).timeout(SILENCE * 4);
        request = request.header("accept", "text/event-stream");
        if let Some(last) = self.last {
            request = request.header("last-event-id", last.to_string());
        }
        let Ok(response) = request.send().await else {
            sleep(Duration::from_millis(20)).await;
            return Read::Again;
        };
        match response.status() {
            StatusCode::NO_CONTENT => {
                if !self.ended {
                    self.wrong.push(format!("204 after event {:?}", self.last));
                }
                return Read::Over;
            }
            StatusCode::OK => {}
            status => {
                self.wrong.push(format!("{status}, on which readers give up"));
                return Read::Over;
            }
        }
        // Elapsed: it is this reader who hangs up.
        if let Ok(cut) = timeout(at_most, self.follow(response)).await {
            self.cut += u64::from(cut && !self.ended);
        }
        Read::Again
    }

    /// Reads until the stream ends; whether it began.
    async fn follow(&mut self, mut response: Response) -> bool {
        let mut text = Vec::new();
        let mut first = true;
        while let Ok(Ok(Some(bytes))) = timeout(SILENCE, response.chunk()).await {
            text.extend_from_slice(&bytes);
            while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = text.drain(..end + 2).collect();
                self.note(&String::from_utf8_lossy(&block), first);
                first = false;
            }
        }
        !first
    }

    /// One event. The first one of a connection may be a snapshot, when nothing was seen before.
    fn note(&mut self, block: &str, first: bool) {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
        let id = field("id: ").and_then(|it| it.parse::<u64>().ok());
        let (Some(id), Some(name), Some(data)) = (id, field("event: "), field("data: ")) else {
            self.wrong.push(format!("a block that is no event: {block:?}"));
            return;
        };
        if self.ended {
            self.wrong.push(format!("event {id} {name} after the end"));
        }
        match self.last {
            None if name == "snapshot" => {}
            Some(last) if id == last + 1 && name != "snapshot" => {
                self.resumed += u64::from(first);
            }
            last => self.wrong.push(format!("event {id} {name} after {last:?}")),
        }
        let document: Result<serde_json::Value, _> = serde_json::from_str(data);
        match document {
            Ok(document) => self.ended = document["done"] == true,
            Err(error) => self.wrong.push(format!("event {id}: {error}")),
        }
        self.last = Some(id);
        self.events += 1;
    }
}
