//! Deferral inside of a program with its own `main`.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::{get, post};
use deferral::http::{Api, Json, Limits, Problem, Started, serve};
use deferral::prelude::*;
use deferral::{Deferral, Extension};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Double {
    number: u32,
}

impl Job for Double {
    const KIND: &'static str = "double";
    type Output = u32;
}

async fn double(job: Double, _: Context<()>) -> Result<u32, HandlerError> {
    Ok(2 * job.number)
}

async fn start(api: Api, Json(job): Json<Double>) -> Result<Started, Problem> {
    api.start(job).await
}

#[derive(Deserialize, JsonSchema)]
struct Settings {}

fn extension() -> Extension {
    Extension::new("doubles", |_: Settings| Ok::<_, std::convert::Infallible>(()))
        .job(double)
        .routes(Router::new().route("/doubles", post(start)))
        .build()
}

async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn an_axum_application_has_it_beside_its_own_routes() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("app.db").display());
    let service = Deferral::open(&url).await.unwrap().extension(extension()).build().unwrap();
    let app =
        Router::new().route("/hello", get(async || "hello")).fallback_service(service.router());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let until_stopped = || {
        let mut stopped = stopped.clone();
        async move {
            stopped.wait_for(|stop| *stop).await.unwrap();
        }
    };
    let serving = tokio::spawn(serve(listener, app, Limits::default(), until_stopped()));
    let working = tokio::spawn({
        let until_stopped = until_stopped();
        async move { service.work(until_stopped).await }
    });
    let hello =
        ask(address, "GET /hello HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
    assert!(hello.ends_with("hello"), "{hello}");
    let body = r#"{"number": 21}"#;
    let request = format!(
        "POST /doubles HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nprefer: wait=10\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = ask(address, &request).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("42"), "{answer}");
    stop.send_replace(true);
    working.await.unwrap().unwrap();
    serving.await.unwrap();
}
