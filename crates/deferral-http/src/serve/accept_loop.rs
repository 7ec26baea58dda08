//! Accepts connections until told to stop.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch::{Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::connection;
use super::limits::Limits;
use super::seats::Seats;

/// The first and the longest pause after an error of accept.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Serves connections until `shutdown`, then lets requests that are under way end within the
/// grace period, and drops the rest. No error of a connection ends it.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) {
    let closing = Sender::new(false);
    let mut connections = JoinSet::new();
    let closed = closing.subscribe();
    let accepting = accept(&listener, &router, limits, &closed, &mut connections);
    tokio::select! {
        () = accepting => {}
        () = shutdown => {}
    }
    drop(listener);
    closing.send_replace(true);
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(limits.grace, ended).await.is_err() {
        tracing::warn!(connections = connections.len(), "Dropping connections that did not end");
    }
    connections.shutdown().await;
}

async fn accept(
    listener: &TcpListener,
    router: &Router,
    limits: Limits,
    closing: &Receiver<bool>,
    connections: &mut JoinSet<()>,
) {
    let seats = Seats::new(limits.connections, limits.connections_per_ip);
    let mut pause = PAUSE.0;
    while let Some(permit) = seats.free().await {
        let (stream, peer) = match next(listener, connections).await {
            Ok(accepted) => accepted,
            Err(error) => {
                if !is_of_the_connection(&error) {
                    // Out of file descriptors, most likely: others must close first.
                    tracing::warn!(%error, "Cannot accept a connection");
                    sleep(pause).await;
                    pause = (pause * 2).min(PAUSE.1);
                }
                continue;
            }
        };
        pause = PAUSE.0;
        let Some(seat) = seats.take(permit, peer.ip().to_canonical()) else { continue };
        let serving = connection::run(stream, peer, router.clone(), limits, closing.clone());
        connections.spawn(async move {
            serving.await;
            drop(seat);
        });
    }
}

/// The next connection; ended ones are forgotten meanwhile.
async fn next(
    listener: &TcpListener,
    connections: &mut JoinSet<()>,
) -> io::Result<(tokio::net::TcpStream, std::net::SocketAddr)> {
    let mut accepting = pin!(listener.accept());
    loop {
        tokio::select! {
            accepted = &mut accepting => return accepted,
            Some(_ended) = connections.join_next() => {}
        }
    }
}

/// Whether only this one connection is lost.
fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
