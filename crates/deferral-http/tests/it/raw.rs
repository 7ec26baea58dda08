//! HTTP by hand: for what clients hide.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// A connection on which bytes go as they are.
pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
    past_head: bool,
}

impl Raw {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        Self { stream, read: Vec::new(), past_head: false }
    }

    /// Sends a GET with these header lines.
    pub(crate) async fn get(address: SocketAddr, path: &str, headers: &str) -> Self {
        let mut raw = Self::connect(address).await;
        raw.send(format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n")).await;
        raw
    }

    pub(crate) async fn send(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).await.unwrap();
    }

    /// Everything up to and with `end`, without the frames of the chunked encoding.
    pub(crate) async fn until(&mut self, end: &str) -> String {
        loop {
            let text = unchunked(&self.read, self.past_head);
            if let Some(at) = text.find(end) {
                let (text, rest) = text.split_at(at + end.len());
                self.read = rest.as_bytes().to_vec();
                self.past_head |= text.contains("\r\n\r\n");
                return text.to_owned();
            }
            assert!(self.more().await, "closed before {end:?}: {text:?}");
        }
    }

    /// Everything until the other side closes.
    pub(crate) async fn rest(&mut self) -> String {
        while self.more().await {}
        unchunked(&std::mem::take(&mut self.read), self.past_head)
    }

    async fn more(&mut self) -> bool {
        let mut room = vec![0; 64 * 1024];
        let read = timeout(PATIENCE, self.stream.read(&mut room)).await.expect("bytes in time");
        let count = read.unwrap_or(0);
        self.read.extend_from_slice(&room[..count]);
        count > 0
    }
}

/// Lines that are only a hexadecimal length with `\r\n` are the encoding's: no event or header
/// line looks like them here.
fn unchunked(bytes: &[u8], past_head: bool) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = match text.split_once("\r\n\r\n").filter(|_| !past_head) {
        Some((head, body)) => (format!("{head}\r\n\r\n"), body.to_owned()),
        None => (String::new(), text),
    };
    let is_length = |line: &&str| {
        let digits = line.strip_suffix("\r\n");
        digits.is_some_and(|d| d.is_empty() || d.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let lines: String = body.split_inclusive('\n').filter(|line| !is_length(line)).collect();
    head + &lines
}
