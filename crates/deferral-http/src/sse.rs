//! The frames of `text/event-stream`, byte by byte.
//!
//! `retry:` stands inside of an event's block, and comments end without a blank line: some clients
//! take a block of its own for an empty message.

/// How long a client waits before it connects again.
const RETRY: &[u8] = b"retry: 2000\n";

/// All of a stream that can't be opened now: no event, and the time to come back after.
pub(crate) const LATER: &[u8] = b": ok\nretry: 2000\n";

/// Says at once that the stream is open.
pub(crate) const OPENED: &[u8] = b": ok\n";

/// Says that a silent stream lives.
pub(crate) const HEARTBEAT: &[u8] = b": keepalive\n";

/// Writes one event. `data` must have no line breaks: JSON as it is written here has none.
pub(crate) fn write(out: &mut Vec<u8>, id: u64, name: &str, first: bool, data: &[u8]) {
    out.extend_from_slice(format!("id: {id}\nevent: {name}\n").as_bytes());
    if first {
        out.extend_from_slice(RETRY);
    }
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_retry_time_stands_in_the_first_block_only() {
        let mut out = OPENED.to_vec();
        write(&mut out, 7, "snapshot", true, b"{}");
        out.extend_from_slice(HEARTBEAT);
        write(&mut out, 8, "progress", false, b"{}");
        let expected = ": ok\nid: 7\nevent: snapshot\nretry: 2000\ndata: {}\n\n\
                        : keepalive\nid: 8\nevent: progress\ndata: {}\n\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
