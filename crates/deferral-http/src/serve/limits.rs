//! Who may connect, and for how long.

use std::time::Duration;

/// What one listener allows its connections.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many connections at a time; more wait to be accepted.
    pub connections: usize,
    /// How many of them from one address; more are closed at once.
    pub connections_per_ip: usize,
    /// How long the head of a request may take, from its first byte; on a new connection from
    /// when it opened.
    pub head_timeout: Duration,
    /// How long a connection may stay open between requests: longer than a load balancer keeps
    /// its own side, which would else send into a connection that closes.
    pub idle_timeout: Duration,
    /// How long a client may take nothing of what is sent to it.
    pub write_timeout: Duration,
    /// How long requests may take to end once the listener closes.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_per_ip: 4096,
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(20),
            grace: Duration::from_secs(20),
        }
    }
}
