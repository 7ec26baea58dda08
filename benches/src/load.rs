//! Many connections that post the same bytes again and again, and count the 202s.
//!
//! Raw HTTP/1.1 over keep-alive connections: the load shares the machine with the server that is
//! measured, so it does no more than it must.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::error::Error;

/// A rehearsal that outlasts any round, 146 bytes long.
pub(crate) const BODY: &str = concat!(
    r#"{"items":100,"seconds":3600.0,"fail":false,"#,
    r#""failItems":[3,7,11,15,19,23,27,31,35,39,43,47,51,55,59,63,67,71,75,79,83,87,91,95,99],"#,
    r#""confirm":false}"#
);

/// The most that an answer may be.
const ROOM: usize = 16 * 1024;

/// Connections that are sending.
pub(crate) struct Load {
    accepted: Arc<AtomicU64>,
    senders: JoinSet<Result<(), Error>>,
}

impl Load {
    /// Begins to send over so many connections.
    pub(crate) async fn start(server: SocketAddr, connections: u32) -> Result<Self, Error> {
        let request: Arc<str> = request(server).into();
        let accepted = Arc::new(AtomicU64::new(0));
        let mut senders = JoinSet::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(server).await?;
            stream.set_nodelay(true)?;
            senders.spawn(send(stream, Arc::clone(&request), Arc::clone(&accepted)));
        }
        Ok(Self { accepted, senders })
    }

    /// How many 202s came so far.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Ends it. A connection that failed meanwhile spoils the figures.
    pub(crate) async fn stop(mut self) -> Result<(), Error> {
        self.senders.abort_all();
        while let Some(ended) = self.senders.join_next().await {
            match ended {
                Ok(result) => result?,
                Err(error) if error.is_cancelled() => {}
                Err(_) => return Err(Error::Load),
            }
        }
        Ok(())
    }
}

fn request(server: SocketAddr) -> String {
    format!(
        "POST /rehearsals HTTP/1.1\r\nhost: {server}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{BODY}",
        BODY.len()
    )
}

async fn send(
    mut stream: TcpStream,
    request: Arc<str>,
    accepted: Arc<AtomicU64>,
) -> Result<(), Error> {
    let mut room = vec![0; ROOM];
    loop {
        stream.write_all(request.as_bytes()).await?;
        receive(&mut stream, &mut room).await?;
        accepted.fetch_add(1, Ordering::Relaxed);
    }
}

/// Reads one answer, which must be a 202.
async fn receive(stream: &mut TcpStream, room: &mut [u8]) -> Result<(), Error> {
    let mut filled = 0;
    loop {
        let got = stream.read(&mut room[filled..]).await?;
        filled += got;
        match length(&room[..filled]) {
            Ok(Some(length)) if length == filled => return Ok(()),
            Ok(Some(length)) if length < filled => return Err(wrong(&room[..filled])),
            Ok(_) if got == 0 => return Err(wrong(&room[..filled])),
            Ok(_) => {}
            Err(()) => return Err(wrong(&room[..filled])),
        }
    }
}

fn wrong(answer: &[u8]) -> Error {
    Error::Answer(String::from_utf8_lossy(answer).into_owned())
}

/// How long the answer is that begins so, once that can be seen.
fn length(answer: &[u8]) -> Result<Option<usize>, ()> {
    let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = &answer[..head + 4];
    if !head.starts_with(b"HTTP/1.1 202 ") {
        return Err(());
    }
    const NAME: &[u8] = b"content-length:";
    let value = head.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        name.eq_ignore_ascii_case(NAME).then_some(value)
    });
    let value =
        value.and_then(|value| std::str::from_utf8(value).ok()?.trim().parse::<usize>().ok());
    value.map(|body| Some(head.len() + body)).ok_or(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_a_rehearsal_of_146_bytes() {
        assert_eq!(BODY.len(), 146);
        let script: rehearsals::Rehearsal = serde_json::from_str(BODY).unwrap();
        assert!(script.faults().is_empty(), "{:?}", script.faults());
    }

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(length(answer), Ok(Some(answer.len())));
        assert_eq!(length(&answer[..30]), Ok(None));
    }

    #[test]
    fn anything_but_a_202_with_a_length_is_wrong() {
        assert_eq!(
            length(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"),
            Err(())
        );
        assert_eq!(length(b"HTTP/1.1 202 Accepted\r\n\r\n"), Err(()));
    }
}
