//! Serves a back office: an accept loop that can end a connection instead of answering.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::conduct::Conduct;
use crate::config::Config;
use crate::error::Error;
use crate::routes::{self, Desk};
use crate::store::Store;
use crate::wrong_answer::Cut;

/// How long to wait when no connection can be accepted, for want of file descriptors say.
const BREATHER: Duration = Duration::from_millis(50);

/// A back office that is open but not yet served.
#[derive(Debug)]
pub struct BackOffice {
    router: Router,
}

/// A back office that is served in this process, until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    url: String,
    serving: JoinSet<()>,
}

impl BackOffice {
    /// Opens the database.
    ///
    /// # Errors
    /// When the file can't be opened or made.
    pub fn open(config: &Config) -> Result<Self, Error> {
        let store = Store::open(&config.database)
            .map_err(|source| Error::Database { path: config.database.clone(), source })?;
        let conduct = Arc::new(Conduct::new(store.clone(), &config.misbehaving));
        let desk = Desk { store, mode: config.mode, deduplicate: config.deduplicate };
        Ok(Self { router: routes::router(desk, conduct) })
    }

    /// Opens, listens and serves in the background of this process.
    ///
    /// # Errors
    /// When the database can't be opened or the address is taken.
    pub async fn start(config: Config) -> Result<Running, Error> {
        let office = Self::open(&config)?;
        let listener = listen(&config).await?;
        let url = url(&listener)?;
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, office));
        Ok(Running { url, serving })
    }
}

impl Running {
    /// Where it is served, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends every connection at once. What was acknowledged is on disk.
    pub async fn stop(mut self) {
        self.serving.shutdown().await;
    }
}

/// Serves a back office until this future is dropped, which ends every connection.
pub async fn serve(listener: TcpListener, office: BackOffice) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, office.router.clone()));
            }
            Err(_) => tokio::time::sleep(BREATHER).await,
        }
    }
}

pub(crate) async fn listen(config: &Config) -> Result<TcpListener, Error> {
    TcpListener::bind(config.listen)
        .await
        .map_err(|source| Error::Listen { address: config.listen, source })
}

pub(crate) fn url(listener: &TcpListener) -> Result<String, Error> {
    Ok(format!("http://{}", listener.local_addr()?))
}

async fn connection(stream: TcpStream, router: Router) {
    // Only a matter of speed.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(router.clone(), request));
    // How a connection ends, cut ones included, is the client's to notice.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(router: Router, request: Request<Incoming>) -> Result<Response, Cut> {
    let response = match router.oneshot(request.map(Body::new)).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    match response.extensions().get::<Cut>() {
        Some(&cut) => Err(cut),
        None => Ok(response),
    }
}
