//! How fast the store is, beside the raw limit of SQLite for the same rows in the same run.
//!
//! `cargo run --release -p deferral-sqlite --example throughput [directory] [accept|drain]`

#![expect(clippy::print_stdout, reason = "the figures are what this is for")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use deferral_core::commit::{ApiCommit, AttemptCommit};
use deferral_core::transition::{AttemptEnd, CrashBudget, after_attempt};
use deferral_core::{
    Claim, Claimed, Due, JobId, Kind, NewJob, NewWorker, Once, Operation, OperationId, Outcome,
    Payload, Policy, Priority, QueueName, Store as _, Tenant, Timestamp, WorkerId,
};
use deferral_sqlite::{Options, SqliteStore};
use rusqlite::{Connection, Statement, params};
use serde_json::Value;
use uuid::Uuid;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const ACCEPTS: usize = 60_000;
const TASKS: usize = 64;
const JOBS: usize = 50_000;
const SLOTS: usize = 500;

#[tokio::main]
async fn main() -> Result<()> {
    let directory = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let directory = directory.join(format!("deferral-throughput-{}", std::process::id()));
    std::fs::create_dir(&directory)?;
    println!("flush of 8 KiB: {:?}", flush(&directory)?);
    let only = std::env::args().nth(2);
    let wanted = |what: &str| only.as_deref().is_none_or(|only| only == what);
    if wanted("accept") {
        let batch = accept(&directory).await?;
        raw(&directory, batch.max(1)).await?;
        raw(&directory, TASKS).await?;
    }
    if wanted("drain") {
        drain(&directory).await?;
    }
    std::fs::remove_dir_all(&directory)?;
    Ok(())
}

/// The median time of a flush: what one commit costs at least.
fn flush(directory: &Path) -> Result<Duration> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(directory.join("flush"))?;
    let mut took = Vec::new();
    for _ in 0..200 {
        file.write_all(&[7; 8192])?;
        let begun = Instant::now();
        file.sync_data()?;
        took.push(begun.elapsed());
    }
    took.sort();
    Ok(took[took.len() / 2])
}

/// User and system time of this process so far.
fn cpu() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

fn report(what: &str, count: usize, took: Duration, cpu: Duration) {
    let per_second = count as f64 / took.as_secs_f64();
    let micros = cpu.as_secs_f64() * 1e6 / count as f64;
    println!("{what}: {per_second:.0}/s, {micros:.1} µs CPU each");
}

async fn open(path: &Path) -> Result<Arc<SqliteStore>> {
    Ok(Arc::new(SqliteStore::open(path, Options::default()).await?))
}

fn job(now: Timestamp) -> Result<NewJob> {
    Ok(NewJob {
        id: JobId::new(now, random()),
        tenant: Tenant::default(),
        operation: None,
        kind: Kind::new("rehearsal.run")?,
        version: 1,
        input: Payload::new(br#"{"items":3,"seconds":1.0,"fail":false,"failItems":[1]}"#.to_vec()),
        queue: QueueName::default(),
        priority: Priority::NORMAL,
        due: Due::Now,
        stage: None,
        trace: None,
    })
}

/// Ids that are unique here and cost nothing.
fn random() -> [u8; 10] {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&next.to_be_bytes());
    bytes
}

fn accepted(now: Timestamp) -> Result<ApiCommit> {
    let id = OperationId::new(now, random());
    let operation = Operation::accepted(id, Tenant::default(), Kind::new("rehearsal.run")?, now);
    let once = Once {
        scope: "POST /rehearsals".to_owned(),
        key: Uuid::new_v5(&id.as_uuid(), b"key").to_string(),
        fingerprint: "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3".to_owned(),
        keep: Duration::from_secs(30 * 24 * 3600),
        instead_of: None,
    };
    Ok(ApiCommit::new(Tenant::default()).once(once).accept(operation, job(now)?, now))
}

/// Accepts from many tasks at once, as an API does. How many shared a transaction.
async fn accept(directory: &Path) -> Result<usize> {
    let path = directory.join("accept.db");
    let store = open(&path).await?;
    let left = Arc::new(AtomicUsize::new(ACCEPTS));
    let (begun, before) = (Instant::now(), cpu()?);
    let mut tasks = Vec::new();
    for _ in 0..TASKS {
        let (store, left) = (Arc::clone(&store), Arc::clone(&left));
        tasks.push(tokio::spawn(async move {
            let mut waits = Vec::new();
            while left.fetch_sub(1, Ordering::Relaxed).wrapping_sub(1) < ACCEPTS {
                let commit = accepted(store.now())?;
                let begun = Instant::now();
                store.commit(commit.into()).await?;
                waits.push(begun.elapsed());
            }
            Result::Ok(waits)
        }));
    }
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await??);
    }
    waits.sort();
    let (took, cpu) = (begun.elapsed(), cpu()? - before);
    let transactions: usize =
        Connection::open(&path)?
            .query_row("SELECT number FROM last_batch", [], |row| row.get(0))?;
    report(&format!("accept from {TASKS} tasks"), ACCEPTS, took, cpu);
    println!("  {transactions} transactions, {} commits each", ACCEPTS / transactions.max(1));
    let at = |part: usize| waits[waits.len() * part / 1000];
    println!("  p50 {:?}, p99 {:?}, p99.9 {:?}", at(500), at(990), at(999));
    Ok(ACCEPTS / transactions.max(1))
}

/// The same rows, written by one thread that does nothing else.
async fn raw(directory: &Path, batch: usize) -> Result<()> {
    let path = directory.join(format!("raw-{batch}.db"));
    drop(open(&path).await?);
    let connection = Connection::open(&path)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")?;
    connection.execute_batch("PRAGMA cache_size = -16384; PRAGMA foreign_keys = OFF")?;
    connection.execute_batch("PRAGMA wal_autocheckpoint = 4000")?;
    let mut rows = Rows::new(&connection)?;
    let (begun, before) = (Instant::now(), cpu()?);
    for first in (0..ACCEPTS).step_by(batch) {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for number in first..(first + batch).min(ACCEPTS) {
            rows.insert(i64::try_from(number)?)?;
        }
        connection.execute_batch("COMMIT")?;
    }
    report(&format!("raw, {batch} a transaction"), ACCEPTS, begun.elapsed(), cpu()? - before);
    Ok(())
}

struct Rows<'c> {
    key: Statement<'c>,
    operation: Statement<'c>,
    event: Statement<'c>,
    job: Statement<'c>,
    document: String,
}

impl<'c> Rows<'c> {
    fn new(connection: &'c Connection) -> Result<Self> {
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let id = OperationId::new(now, random());
        let operation =
            Operation::accepted(id, Tenant::default(), Kind::new("rehearsal.run")?, now);
        Ok(Self {
            key: connection.prepare(include_str!("../queries/take_key.sql"))?,
            operation: connection.prepare(include_str!("../queries/insert_operation.sql"))?,
            event: connection.prepare(include_str!("../queries/insert_event.sql"))?,
            job: connection.prepare(include_str!("../queries/insert_job.sql"))?,
            document: serde_json::to_string(&operation)?,
        })
    }

    fn insert(&mut self, number: i64) -> Result<()> {
        let time = 1_800_000_000_000_000 + number;
        let now = Timestamp::from_micros(time);
        let operation = OperationId::new(now, random()).as_uuid();
        let job = JobId::new(now, random()).as_uuid();
        let key = Uuid::new_v5(&operation, b"key").to_string();
        let print = "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3";
        let (tenant, kind, none) = ("default", "rehearsal.run", None::<String>);
        let digest = i64::try_from(operation.as_u128() & 0x7fff_ffff_ffff_ffff)?;
        self.key.execute(params![
            digest,
            tenant,
            "POST /rehearsals",
            key,
            print,
            operation,
            time
        ])?;
        self.operation.execute(params![
            operation,
            tenant,
            kind,
            none,
            "NotStarted",
            none,
            1,
            false,
            none,
            none,
            self.document
        ])?;
        let event = r#"{"number":1,"at":1800000000000000,"change":"accepted","snapshot":null}"#;
        self.event.execute(params![operation, 1, event])?;
        let input = br#"{"items":3,"seconds":1.0,"fail":false,"failItems":[1]}"#;
        self.job.execute(params![
            job,
            tenant,
            operation,
            "default",
            kind,
            1,
            100,
            "available",
            time,
            time,
            none,
            3_735_928_559_u32,
            &input[..]
        ])?;
        Ok(())
    }
}

/// Claims and completes jobs that do nothing.
async fn drain(directory: &Path) -> Result<()> {
    let store = open(&directory.join("drain.db")).await?;
    enqueue(&store).await?;
    let now = store.now();
    let worker = NewWorker {
        id: WorkerId::new(now, random()),
        name: "throughput".to_owned(),
        queues: vec![QueueName::default()],
        kinds: vec![(Kind::new("rehearsal.run")?, 1)],
        lease: Duration::from_secs(600),
    };
    let id = worker.id;
    store.register(worker).await?;
    let (begun, before) = (Instant::now(), cpu()?);
    let mut done = 0;
    let mut claimed = claim(&store, id).await?;
    while !claimed.is_empty() {
        done += claimed.len();
        // The next claim shares the transaction of the last finishes, as a worker has it.
        let finishing: Vec<_> =
            claimed.into_iter().map(|job| tokio::spawn(finish(Arc::clone(&store), job))).collect();
        let next = tokio::spawn({
            let store = Arc::clone(&store);
            async move { claim(&store, id).await }
        });
        for finish in finishing {
            finish.await??;
        }
        claimed = next.await??;
    }
    report(&format!("claim and finish, {SLOTS} slots"), done, begun.elapsed(), cpu()? - before);
    Ok(())
}

async fn enqueue(store: &Arc<SqliteStore>) -> Result<()> {
    let (begun, before) = (Instant::now(), cpu()?);
    for _ in 0..JOBS / 500 {
        let mut commit = ApiCommit::new(Tenant::default());
        for _ in 0..500 {
            commit = commit.enqueue(job(store.now())?);
        }
        store.commit(commit.into()).await?;
    }
    report("enqueue, 500 a commit", JOBS, begun.elapsed(), cpu()? - before);
    Ok(())
}

async fn claim(store: &SqliteStore, worker: WorkerId) -> Result<Vec<Claimed>> {
    let claim = Claim { worker, queues: vec![QueueName::default()], limit: SLOTS, suspect: false };
    Ok(store.claim(claim).await?.claimed)
}

async fn finish(store: Arc<SqliteStore>, claimed: Claimed) -> Result<()> {
    let policy = Policy::default();
    let end = AttemptEnd {
        job: &claimed.job,
        policy: &policy,
        budget: CrashBudget::default(),
        open_effects: false,
        dice: 0.5,
        now: claimed.job.created_at,
    };
    let verdict = after_attempt(&end, &Ok(Outcome::Complete(Value::Null)), None);
    let commit = AttemptCommit::new(claimed.job.tenant.clone(), &claimed.lease);
    store.commit(verdict.write(commit, None, claimed.job.created_at)?.into()).await?;
    Ok(())
}
