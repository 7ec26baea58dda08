//! One connection from accept to close.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch::Receiver;
use tokio::time::timeout;
use tower::Service as _;

use super::limits::Limits;
use super::phase::{AnswerBody, Phase};
use super::socket::Socket;

/// How many bytes of a head, or of an answer that is not taken, a connection may hold.
const BUFFER: usize = 64 * 1024;

/// How many bytes of an answer the system may hold that the client has no room for.
const UNSENT: u32 = 64 * 1024;

/// How long, once closing, the rest of a head is waited for, or the end of a connection that has
/// been answered: longer than it lingers.
const LAST_HEAD: Duration = Duration::from_millis(2500);

/// Answers what comes over this connection until it closes; once `closing`, only what is under
/// way.
pub(super) async fn run(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    mut closing: Receiver<bool>,
) {
    // Answers are small and complete: waiting to fill a packet only delays them.
    let _unsupported = stream.set_nodelay(true);
    hold_little(&stream);
    let phase = Phase::default();
    let answers = phase.clone();
    let socket = TokioIo::new(Socket::new(stream, phase.clone(), &limits));
    let service = service_fn(move |request| answer(router.clone(), request, peer, phase.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .max_buf_size(BUFFER)
        .serve_connection(socket, service);
    let mut connection = pin!(connection);
    let closed = tokio::select! {
        closed = connection.as_mut() => closed,
        () = asked(&mut closing) => {
            connection.as_mut().graceful_shutdown();
            match timeout(LAST_HEAD, connection.as_mut()).await {
                Ok(closed) => closed,
                Err(_) if answers.is_answering() => connection.await,
                // Half a head, of which nobody knows when the rest comes.
                Err(_) => return,
            }
        }
    };
    if let Err(error) = closed {
        tracing::debug!(%peer, %error, "A connection ended early");
    }
}

/// Lets the system keep little of what a client does not take: it would take megabytes for one who
/// reads nothing, and hide for as long that nothing is read.
fn hold_little(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    let _unsupported = socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT);
    #[cfg(not(target_os = "linux"))]
    let _unsupported = socket2::SockRef::from(stream).set_send_buffer_size(UNSENT as usize);
}

/// Returns once the listener closes.
async fn asked(closing: &mut Receiver<bool>) {
    // A loop that is gone asks too.
    let _gone = closing.wait_for(|closing| *closing).await.is_err();
}

async fn answer(
    mut router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    phase: Phase,
) -> Result<Response<AnswerBody>, Infallible> {
    let answering = phase.begin();
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = router.call(request).await?;
    Ok(response.map(|body| AnswerBody { body, _answering: answering }))
}
