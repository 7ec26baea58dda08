//! A client that does as little as it can, so that the service is what is busy: HTTP/1.1, one
//! request after the other on a connection that is kept.

use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// How long to wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A connection.
#[derive(Debug)]
pub(crate) struct Lean {
    stream: BufReader<TcpStream>,
    line: Vec<u8>,
    body: Vec<u8>,
}

/// What matters of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LeanAnswer {
    pub(crate) status: u16,
    pub(crate) operation: Option<String>,
    pub(crate) replayed: bool,
    pub(crate) body: String,
}

/// The bytes of a request that starts an operation.
pub(crate) fn post(path: &str, key: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         idempotency-key: {key}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

impl Lean {
    /// Connects to `http://HOST:PORT`.
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        let stream = tokio::time::timeout(TIMEOUT, TcpStream::connect(address)).await??;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), line: Vec::new(), body: Vec::new() })
    }

    /// Sends one request and reads its answer. After an error the connection is of no use.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<LeanAnswer> {
        tokio::time::timeout(TIMEOUT, self.exchange(request)).await?
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<LeanAnswer> {
        self.stream.write_all(request).await?;
        let mut answer = LeanAnswer::default();
        let first = self.line().await?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        answer.status = status.ok_or_else(|| Error::new(ErrorKind::InvalidData, first.clone()))?;
        let mut length = 0;
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else { break };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "operation-id" => answer.operation = Some(value.to_owned()),
                "idempotent-replayed" => answer.replayed = true,
                "content-length" => length = value.parse().map_err(Error::other)?,
                _ => {}
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).await?;
        if answer.status >= 400 {
            answer.body = String::from_utf8_lossy(&self.body).into_owned();
        }
        Ok(answer)
    }

    async fn line(&mut self) -> Result<String> {
        self.line.clear();
        if self.stream.read_until(b'\n', &mut self.line).await? == 0 {
            return Err(Error::from(ErrorKind::UnexpectedEof));
        }
        Ok(String::from_utf8_lossy(&self.line).trim_end().to_owned())
    }
}
