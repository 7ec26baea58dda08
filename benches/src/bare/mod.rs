//! Bare servers: what the machine allows when all that makes a service is left away.

mod group_commit;
mod rows;
mod writer;

pub(crate) use group_commit::router as group_commit;
pub(crate) use writer::PRAGMAS;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use crate::error::Error;
use crate::output;

/// Serves until it is killed.
pub(crate) async fn serve(name: &str, router: Router) -> Result<(), Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    output::listens(name, listener.local_addr()?)?;
    let listener = listener.tap_io(|stream| {
        // As the service does it.
        let _unsupported = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

/// Answers 202, and does nothing else.
pub(crate) fn hello() -> Router {
    Router::new().route("/rehearsals", post(|_: Bytes| async { StatusCode::ACCEPTED }))
}
