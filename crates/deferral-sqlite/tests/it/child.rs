//! Other processes that share the file: this test binary, run again with a part to play.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use deferral_core::commit::{ApiCommit, AttemptCommit};
use deferral_core::{
    Claim, JobId, Kind, NewJob, NewWorker, OperationId, QueueName, Store, Tenant, Timestamp, Topic,
    WorkerId,
};
use deferral_sqlite::{Options, SqliteStore};
use deferral_testing::Factory;
use deferral_testing::factory::{KIND, kind};

const PART: &str = "DEFERRAL_TEST_PART";
const PATH: &str = "DEFERRAL_TEST_PATH";

/// What another process does with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Commits from many tasks, and says a job's id once it is acknowledged.
    Load,
    /// Claims what comes, and says the id and when it had it.
    PickUp,
    /// Leads, claims one job, says so, and holds it.
    Hold,
    /// Commits one after the other, and says each one's id and what went wrong.
    Fill,
    /// Claims and heartbeats, and says how long each heartbeat took.
    Beat,
    /// Opens the file, says so, and does nothing.
    Open,
}

impl Part {
    const ALL: [Self; 6] =
        [Self::Load, Self::PickUp, Self::Hold, Self::Fill, Self::Beat, Self::Open];
}

/// A process that plays its part until it is killed or its input ends.
pub(crate) struct Other {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Other {
    /// Starts it, and waits until it has the file open.
    pub(crate) fn start(part: Part, path: &Path) -> Self {
        Self::of(Self::command(part, path))
    }

    /// The command that starts it.
    pub(crate) fn command(part: Part, path: &Path) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child::plays_its_part", "--nocapture"]);
        command.env(PART, format!("{part:?}")).env(PATH, path);
        command
    }

    pub(crate) fn of(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut other = Self { child, input, output };
        assert_eq!(other.say().unwrap(), "open");
        other
    }

    /// What it says next; none when it is gone.
    pub(crate) fn say(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap_or(0) == 0 {
                return None;
            }
            // Besides ours, the test harness of the other process says something.
            if let Some(said) = line.trim_end().strip_prefix("> ") {
                return Some(said.to_owned());
            }
        }
    }

    /// Kills it as the system kills: nothing of it runs any more.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Lets it close the file in good order.
    pub(crate) fn finish(mut self) {
        self.input = None;
        self.child.wait().unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone = self.child.wait();
    }
}

fn say(words: &str) {
    let mut output = std::io::stdout().lock();
    // One write, so that a kill leaves no half line that means something else.
    output.write_all(format!("\n> {words}\n").as_bytes()).unwrap();
    output.flush().unwrap();
}

/// Not a test by itself: where another process begins.
#[test]
fn plays_its_part() {
    let Ok(part) = std::env::var(PART) else { return };
    let part = Part::ALL.into_iter().find(|known| format!("{known:?}") == part).unwrap();
    let path = PathBuf::from(std::env::var_os(PATH).unwrap());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Arc::new(open(&path).await);
        say("open");
        match part {
            Part::Load => load(store).await,
            Part::PickUp => pick_up(store).await,
            Part::Hold => hold(store).await,
            Part::Fill => fill(store).await,
            Part::Beat => beat(store).await,
            Part::Open => until_told().await,
        }
    });
}

/// A store with the host's clock.
pub(crate) async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, Options::default()).await.unwrap()
}

/// Until the input of this process ends.
async fn until_told() {
    let read = || std::io::stdin().lock().read_line(&mut String::new());
    tokio::task::spawn_blocking(read).await.unwrap().unwrap();
}

/// Ids that no other process makes.
fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&uuid::Uuid::now_v7().as_bytes()[6..]);
    bytes
}

/// A job of its own id, due now.
pub(crate) fn job(now: Timestamp) -> NewJob {
    NewJob { id: JobId::new(now, random()), ..Factory::new().job() }
}

/// A commit as an API makes it: an operation and its job.
pub(crate) fn accept(now: Timestamp) -> (OperationId, ApiCommit) {
    let id = OperationId::new(now, random());
    let operation = deferral_core::Operation::accepted(id, Tenant::default(), kind(KIND), now);
    (id, ApiCommit::new(Tenant::default()).accept(operation, job(now), now))
}

/// Registers a worker for the jobs of [`job`].
pub(crate) async fn register(store: &dyn Store, lease: Duration) -> WorkerId {
    let worker = NewWorker {
        id: WorkerId::new(store.now(), random()),
        name: format!("test.{}", std::process::id()),
        queues: vec![QueueName::default()],
        kinds: vec![(Kind::new(KIND).unwrap(), 1)],
        lease,
    };
    let id = worker.id;
    store.register(worker).await.unwrap();
    id
}

/// Asks for so many jobs of [`job`].
pub(crate) fn claim(worker: WorkerId, limit: usize) -> Claim {
    Claim { worker, queues: vec![QueueName::default()], limit, suspect: false }
}

async fn load(store: Arc<SqliteStore>) {
    for _ in 0..16 {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            loop {
                let (id, commit) = accept(store.now());
                store.commit(commit.into()).await.unwrap();
                say(&id.to_string());
            }
        });
    }
    until_told().await;
}

async fn pick_up(store: Arc<SqliteStore>) {
    let worker = register(&*store, Duration::from_secs(600)).await;
    let mut seen = store.wake(Topic::Jobs, 0).await;
    say("ready");
    loop {
        let claimed = store.claim(claim(worker, 1)).await.unwrap().claimed;
        if claimed.is_empty() {
            seen = store.wake(Topic::Jobs, seen).await;
        }
        for claimed in claimed {
            say(&format!("{} {}", claimed.job.id, store.now().as_micros()));
            let started = AttemptCommit::new(claimed.job.tenant.clone(), &claimed.lease);
            store.commit(started.into()).await.unwrap();
        }
    }
}

async fn hold(store: Arc<SqliteStore>) {
    let worker = register(&*store, Duration::from_secs(600)).await;
    assert!(store.lead(worker).await.unwrap());
    let claimed = store.claim(claim(worker, 1)).await.unwrap().claimed;
    say(&format!("{worker} {}", claimed[0].job.id));
    until_told().await;
}

async fn fill(store: Arc<SqliteStore>) {
    loop {
        let (id, commit) = accept(store.now());
        match store.commit(commit.into()).await {
            Ok(_) => say(&id.to_string()),
            Err(error) => say(&format!("{id} {error}")),
        }
    }
}

async fn beat(store: Arc<SqliteStore>) {
    let worker = register(&*store, Duration::from_secs(600)).await;
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    loop {
        tick.tick().await;
        let begun = std::time::Instant::now();
        let heartbeat = store.heartbeat(worker, &[]).await.unwrap();
        assert!(heartbeat.is_some());
        say(&begun.elapsed().as_micros().to_string());
    }
}
