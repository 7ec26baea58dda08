//! A crash, an error of the disk, or a full disk at a certain system call.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use rusqlite::config::DbConfig;
use tokio::time::Instant;

use crate::attack::mixture::mixed;
use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::logs::check_panics;
use crate::plan::{Plan, Size};
use crate::report::Report;
use crate::syscalls::{Blow, Injection, injected};
use crate::world::client::is_over;
use crate::world::history::{Fate, History, Request};
use crate::world::process::{Launch, Process};
use crate::world::stage::World;

pub(crate) const SYSCALLS: Attack = Attack {
    name: "syscalls",
    proves: "R02: a crash, EIO or ENOSPC at any system call: what was promised comes to its end",
    alone: false,
    run,
};

/// What is done to which calls, and how often a thread makes them in a start and an order: of the
/// files, and of the requests and answers.
const BLOWS: [(&str, Blow, u32); 13] = [
    ("pwrite64", Blow::Kill, 150),
    ("fsync", Blow::Kill, 14),
    ("recvfrom", Blow::Kill, 12),
    ("writev", Blow::Kill, 6),
    ("pwrite64", Blow::Io, 150),
    ("pwrite64", Blow::Full, 150),
    ("fsync", Blow::Io, 14),
    ("openat", Blow::Kill, 18),
    ("openat", Blow::Io, 18),
    ("ftruncate", Blow::Kill, 2),
    ("ftruncate", Blow::Io, 2),
    ("unlink", Blow::Kill, 1),
    ("mkdir", Blow::Kill, 2),
];
/// Sampled points of the small size.
const SAMPLED: usize = 50;
/// The sweep over a call ends when so many points in a row did not come.
const IN_VAIN: u32 = 4;
/// A log of so many bytes is moved into the database without harm, between two points.
const LONG_LOG: u64 = 4 << 20;
/// How long an order is followed under harm.
const PATIENCE: Duration = Duration::from_secs(8);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

fn run(plan: Plan) -> Running {
    Box::pin(sweep(plan))
}

struct Sweep {
    world: Arc<World>,
    history: History,
    /// Points that came.
    fired: u64,
    points: u64,
}

async fn sweep(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut dice = plan.dice();
    let world = World::new(&plan.folder, &[], &["jobs.crash_budget=1000"]).await?;
    let mut sweep =
        Sweep { world: Arc::clone(&world), history: History::default(), fired: 0, points: 0 };
    match plan.size {
        Size::Small => sweep.sample(&mut dice, &mut report).await?,
        Size::Full => sweep.all(&mut report).await?,
    }
    let serve = world.start_api_as(&world.role("serve", "serve")).await?;
    world.check(&sweep.history, &mut report).await?;
    check_panics(&plan.folder, &mut report);
    serve.end().await?;
    report.counts.crash_points = sweep.fired;
    report.counts.payments = sweep.history.payments();
    report.must_happen("points that came", sweep.fired, sweep.points / 3);
    report.must_happen("promises", report.counts.acked, sweep.points / 4);
    Ok(report)
}

impl Sweep {
    /// Each of the calls in turn, which of them by dice.
    async fn sample(&mut self, dice: &mut StdRng, report: &mut Report) -> Result<(), Error> {
        for (call, blow, often) in BLOWS.into_iter().cycle().take(SAMPLED) {
            let number = dice.random_range(1..=often);
            self.serve(Injection { call, blow, number }, report).await?;
        }
        for (call, blow, often) in BLOWS {
            let number = dice.random_range(1..=often);
            self.make(Injection { call, blow, number }, report).await?;
        }
        Ok(())
    }

    /// Every point, until none comes any more.
    async fn all(&mut self, report: &mut Report) -> Result<(), Error> {
        for (call, blow, _) in BLOWS {
            let (mut number, mut in_vain) = (1, 0);
            while in_vain < IN_VAIN {
                let came = self.serve(Injection { call, blow, number }, report).await?;
                in_vain = if came { 0 } else { in_vain + 1 };
                number += 1;
            }
        }
        for (call, blow, _) in BLOWS {
            let (mut number, mut in_vain) = (1, 0);
            while in_vain < IN_VAIN {
                let came = self.make(Injection { call, blow, number }, report).await?;
                in_vain = if came { 0 } else { in_vain + 1 };
                number += 1;
            }
        }
        Ok(())
    }

    /// Serves one order under harm. What the last one left behind is rescued here. Whether the
    /// harm came.
    async fn serve(&mut self, injection: Injection, report: &mut Report) -> Result<bool, Error> {
        let trace = self.world.folder().join("trace");
        let (launch, trace) = injected(self.world.role("serve", "serve"), injection, &trace)?;
        let mut serve = launch.start(self.world.folder())?;
        match serve.url().await {
            Ok(url) => {
                self.world.api.moved(url);
                let order = mixed("call", self.history.requests.len());
                let followed = self.follow(order, &mut serve).await;
                self.history.requests.push(followed);
            }
            Err(Error::Ended { .. }) => {}
            Err(error) => return Err(error),
        }
        let killed = serve.kill().await?;
        let came = match injection.blow {
            Blow::Kill => !killed,
            Blow::Io | Blow::Full => trace.failed_calls() > 0,
        };
        self.count(came);
        check_integrity(self.world.store_file(), injection, report);
        Ok(came)
    }

    fn count(&mut self, came: bool) {
        self.points += 1;
        self.fired += u64::from(came);
    }

    /// Sends an order and looks at it, until it is over or nobody is there to answer.
    async fn follow(&self, mut request: Request, serve: &mut Process) -> Request {
        let deadline = Instant::now() + PATIENCE;
        let mut id: Option<String> = None;
        while Instant::now() < deadline && serve.is_alive() {
            match &id {
                None => {
                    let fate = self.world.api.try_send(&request.key, &request.order).await;
                    if let Fate::Accepted { id: promised, .. } = &fate {
                        id = Some(promised.clone());
                    }
                    request.fates.push(fate);
                }
                Some(id) => {
                    let look = self.world.api.get(&format!("/operations/{id}")).send().await;
                    let Ok(answer) = look else { continue };
                    let shown: serde_json::Value = answer.json().await.unwrap_or_default();
                    if shown["status"] == "AwaitingConfirmation" {
                        // Once more when it is not heard.
                        let _answer = self.world.api.acting(id, "confirm").send().await;
                    } else if is_over(&shown) {
                        break;
                    }
                }
            }
            tokio::time::sleep(LOOK).await;
        }
        request
    }

    /// Makes a store under harm, and again without.
    async fn make(&mut self, injection: Injection, report: &mut Report) -> Result<bool, Error> {
        let folder = self.world.folder().join(format!("migrate-{}", self.points));
        std::fs::create_dir(&folder)
            .map_err(|source| Error::File { path: folder.clone(), source })?;
        let file = folder.join("store.db");
        let store = format!("sqlite:{}", file.display());
        let list = ["service", "operations", "list", "--store", &store];
        let migrate = Launch::new("migrate", list);
        let (harmed, trace) = injected(migrate.clone(), injection, &folder.join("trace"))?;
        let output = harmed.run(&folder).await?;
        let came = match injection.blow {
            Blow::Kill => output.status.code().is_none(),
            Blow::Io | Blow::Full => trace.failed_calls() > 0,
        };
        self.count(came);
        let output = migrate.run(&folder).await?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            report.finding(format!("after {injection:?} in migrate: {why}"));
        }
        check_integrity(&file, injection, report);
        std::fs::remove_dir_all(&folder)
            .map_err(|source| Error::File { path: folder.clone(), source })?;
        Ok(came)
    }
}

fn check_integrity(file: &std::path::Path, injection: Injection, report: &mut Report) {
    let verdict = rusqlite::Connection::open(file).and_then(|connection| {
        // The next start is to find everything as it was left, but for a log that no start gets
        // through any more: each is harmed.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !log_is_long(file))?;
        connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))
    });
    match verdict {
        Ok(verdict) if verdict == "ok" => {}
        Ok(verdict) => report.finding(format!("after {injection:?}: {verdict}")),
        Err(error) => report.finding(format!("after {injection:?}: {error}")),
    }
}

fn log_is_long(file: &std::path::Path) -> bool {
    let log = file.with_extension("db-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() >= LONG_LOG)
}
