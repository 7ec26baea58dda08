//! HTTP by hand: half requests, readers that do not read, streams as they come.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::Error;

/// How long anything on a wire is waited for that must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection on which bytes go as they are.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    host: String,
    read: Vec<u8>,
}

impl Wire {
    /// Connects to the API at this URL.
    pub(crate) async fn to(url: &str) -> Result<Self, Error> {
        let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let wrong = |why: &dyn std::fmt::Display| Error::Unexpected {
            what: format!("connecting to {url}"),
            why: why.to_string(),
        };
        let connected = timeout(PATIENCE, TcpStream::connect(&host)).await;
        let stream = connected.map_err(|error| wrong(&error))?.map_err(|error| wrong(&error))?;
        Ok(Self { stream, host, read: Vec::new() })
    }

    /// Sends bytes; whether they could be sent.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        matches!(timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await, Ok(Ok(())))
    }

    /// Sends the head of a request, with these further lines.
    pub(crate) async fn head(&mut self, request: &str, lines: &[&str]) -> bool {
        let mut head = format!("{request} HTTP/1.1\r\nhost: {}\r\n", self.host);
        for line in lines {
            head.push_str(line);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        self.send(head).await
    }

    /// The status of the next answer, interim ones left out; none when it is closed before.
    pub(crate) async fn status(&mut self) -> Option<u16> {
        loop {
            while let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                let text = String::from_utf8_lossy(&self.read[..end]).into_owned();
                self.read.drain(..end + 4);
                let status = text.split_whitespace().nth(1).and_then(|it| it.parse().ok())?;
                if status >= 200 {
                    return Some(status);
                }
            }
            if !self.more(PATIENCE).await {
                return None;
            }
        }
    }

    /// Reads on until these words came; whether they did before it was closed.
    pub(crate) async fn until(&mut self, words: &str) -> bool {
        while !self.holds(words) {
            if !self.more(PATIENCE).await {
                return false;
            }
        }
        true
    }

    /// Whether these words were read.
    pub(crate) fn holds(&self, words: &str) -> bool {
        self.read.windows(words.len()).any(|window| window == words.as_bytes())
    }

    /// Reads until the other side closes; whether it does within this time.
    pub(crate) async fn is_closed_within(&mut self, patience: Duration) -> bool {
        timeout(patience, async { while self.read_some().await {} }).await.is_ok()
    }

    /// Whether the other side has closed or reset it, for one who does not read.
    pub(crate) async fn is_cut(&mut self) -> bool {
        // Who was cut learns it from what it sends, the second time at the latest.
        for _ in 0..2 {
            if !self.send("\r\n").await {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    }

    async fn more(&mut self, patience: Duration) -> bool {
        timeout(patience, self.read_some()).await.unwrap_or(false)
    }

    /// Whether something came before it was closed.
    async fn read_some(&mut self) -> bool {
        self.read.reserve(16 * 1024);
        self.stream.read_buf(&mut self.read).await.unwrap_or(0) > 0
    }
}
