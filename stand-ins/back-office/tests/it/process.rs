//! The back office as a process: started, ended, killed.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{Caller, mass_payment};

const ANY: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

struct Process {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    caller: Caller,
}

fn command(database: &Path, listen: SocketAddr) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_back-office"));
    command.arg("--database").arg(database).arg("--listen").arg(listen.to_string());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

impl Process {
    async fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = output.next_line().await.unwrap().unwrap();
        let url = line.strip_prefix("back office listens on ").unwrap();
        Self { child, output, caller: Caller::of(url) }
    }

    async fn signal(&mut self, signal: &str) -> std::process::ExitStatus {
        let pid = self.child.id().unwrap().to_string();
        Command::new("kill").args([signal, &pid]).status().await.unwrap();
        self.child.wait().await.unwrap()
    }
}

#[tokio::test]
async fn it_says_where_it_listens_and_ends_when_asked() {
    for signal in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("bank.db");
        let mut process = Process::start(command(&database, ANY).args(["--seed", "7"])).await;
        assert_eq!(process.output.next_line().await.unwrap().unwrap(), "seed 7");
        assert_eq!(process.caller.ledger().await["total"], 0);
        assert!(process.signal(signal).await.success());
    }
}

#[tokio::test]
async fn a_seed_is_drawn_and_told_when_none_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let mut process =
        Process::start(command(&folder.path().join("bank.db"), ANY).args(["--misbehave", "harsh"]))
            .await;
    let line = process.output.next_line().await.unwrap().unwrap();
    let seed: u64 = line.strip_prefix("seed ").unwrap().parse().unwrap();
    assert_eq!(process.caller.get("/misbehavior").await.1["seed"], seed);
}

async fn complaint(command: &mut Command) -> String {
    let output = command.output().await.unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn what_keeps_it_from_running_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("bank.db");
    let taken = TcpListener::bind(ANY).unwrap();
    let address = taken.local_addr().unwrap();
    let message = complaint(&mut command(&database, address)).await;
    assert!(message.contains("--listen") && message.contains(&address.to_string()), "{message}");

    let message = complaint(&mut command(&database.join("no-folder"), ANY)).await;
    assert!(message.contains("--database"), "{message}");
    let message = complaint(command(&database, ANY).args(["--script", "create:slow"])).await;
    assert!(message.contains("lost_after"), "{message}");
    let message = complaint(command(&database, ANY).args(["--rate", "7"])).await;
    assert!(message.contains("between 0 and 1"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_back_office_keeps_what_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("bank.db");
    let mut acknowledged = vec![];
    for round in 0..5 {
        let mut process = Process::start(&mut command(&database, ANY)).await;
        let mut work = JoinSet::new();
        for client in 0..4 {
            work.spawn(pay_until_cut(process.caller.clone(), format!("{round}-{client}")));
        }
        // Killed amid the load: as soon as some payments of this round are known to be made.
        while process.caller.ledger().await["total"].as_u64() < Some((round + 1) * 60) {}
        process.signal("-KILL").await;
        acknowledged.extend(work.join_all().await.into_iter().flatten());
    }

    let process = Process::start(&mut command(&database, ANY)).await;
    let ledger = process.caller.ledger().await;
    assert_eq!(ledger["duplicates"], 0);
    let entries = ledger["entries"].as_array().unwrap();
    let paid = |reference: &str| entries.iter().filter(|it| it["reference"] == reference).count();
    assert!(acknowledged.len() >= 50, "{}", acknowledged.len());
    for reference in acknowledged {
        assert_eq!(paid(&reference), 3, "{reference}");
    }
    assert!(entries.len().is_multiple_of(3), "a confirm is done in full or not at all");
}

/// Creates and confirms until the process is gone; returns the references whose confirm was
/// answered.
async fn pay_until_cut(caller: Caller, name: String) -> Vec<String> {
    let mut acknowledged = vec![];
    for number in 0.. {
        let reference = format!("{name}-{number}");
        if pay(&caller, &reference).await.is_err() {
            break;
        }
        acknowledged.push(reference);
    }
    acknowledged
}

async fn pay(caller: &Caller, reference: &str) -> reqwest::Result<()> {
    let body = mass_payment(reference, Uuid::now_v7(), 3);
    let answer = caller.post_request("/mass-payments").json(&body).send().await?;
    let answer: serde_json::Value = answer.json().await?;
    let path = format!("/mass-payments/{}/confirm", answer["id"].as_str().unwrap());
    let answer: serde_json::Value = caller.post_request(&path).send().await?.json().await?;
    assert_eq!(answer["payments_created"], json!(3));
    Ok(())
}
