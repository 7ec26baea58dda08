//! A handler that blocks its thread, and a process that is told to stop.

use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use deferral::Extension;
use deferral::prelude::*;
use serde::{Deserialize, Serialize};

const FOLDER: &str = "DEFERRAL_TEST_FOLDER";

#[derive(Serialize, Deserialize, JsonSchema)]
struct Block {}

impl Job for Block {
    const KIND: &'static str = "block";
    type Output = ();
}

/// Blocks a thread of the runtime as long as the process lives, as a driver without time limits.
#[expect(clippy::disallowed_methods, reason = "to block is what it is for")]
async fn block(_: Block, cx: Context<String>) -> Result<(), HandlerError> {
    std::fs::write(Path::new(cx.state()).join(cx.operation_id().unwrap().to_string()), "")?;
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

#[derive(Deserialize, JsonSchema)]
struct Settings {}

/// Not a test by itself: the program that the test runs.
#[test]
fn is_the_program() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let store = format!("sqlite:{folder}/blocked.db");
    let extension =
        Extension::new("blocks", |_: Settings| Ok::<_, std::convert::Infallible>(folder));
    let extension = extension
        .job(block)
        .routes(axum::Router::new().route("/blocks", axum::routing::post(start)))
        .build();
    let arguments = ["deferral", "serve", "--store", &store, "--listen", "127.0.0.1:0"];
    let arguments = arguments.into_iter().chain(["--admin-listen", "127.0.0.1:0"]);
    let set = ["--set", "worker.grace=1s", "--set", "blocks.enabled=true"];
    let code = deferral::run(arguments.chain(set).map(Into::into), [extension]);
    assert_eq!(code, ExitCode::SUCCESS);
}

async fn start(
    api: deferral::http::Api,
    deferral::http::Json(job): deferral::http::Json<Block>,
) -> Result<deferral::http::Started, deferral::http::Problem> {
    api.start(job).await
}

/// The program, with its output in files; killed at the end whatever happens.
struct Program {
    child: Child,
    folder: tempfile::TempDir,
}

impl Program {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let output = |name: &str| std::fs::File::create(folder.path().join(name)).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "blocked::is_the_program", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdin(Stdio::null())
            .stdout(output("out"))
            .stderr(output("err"))
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    fn said(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Where it listens.
    fn address(&self) -> String {
        let mut address = None;
        until("it listens", || {
            let said = self.said("out");
            let line = said.lines().find_map(|line| line.split_once("listens on http://"));
            address = line.map(|(_, address)| address.trim().to_owned());
            address.is_some()
        });
        address.unwrap()
    }

    /// The operations whose handlers block now.
    fn blocking(&self) -> usize {
        let names = std::fs::read_dir(self.folder.path()).unwrap();
        names.filter(|name| name.as_ref().unwrap().file_name().len() == 36).count()
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "another process can only be polled")]
fn until(what: &str, mut seen: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !seen() {
        assert!(Instant::now() < deadline, "it never happened: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Posts, and does not care for an answer: nobody may be left who gives one.
fn post(address: &str) {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let request = "POST /blocks HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                   content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 64];
    if let Ok(length) = stream.read(&mut answer) {
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 202"), "{answer}");
    }
}

#[test]
fn a_blocked_handler_does_not_keep_a_process_that_is_told_to_stop() {
    let mut program = Program::start();
    let address = program.address();
    let threads = std::thread::available_parallelism().unwrap().get();
    for _ in 0..2 * threads {
        post(&address);
    }
    until("a handler blocks", || program.blocking() > 0);
    let told = Instant::now();
    let pid = program.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    until("it ends", || program.has_ended());
    // A second of grace, ten for the last words, one for what is left behind; and a busy machine.
    let took = told.elapsed();
    assert!(took < Duration::from_secs(12 + 5), "it took {took:?}");
    let said = program.said("err");
    let named = said.lines().any(|line| line.contains("jobs=") && line.contains("ERROR"));
    assert!(named, "the jobs that held it up are named: {said}");
}
