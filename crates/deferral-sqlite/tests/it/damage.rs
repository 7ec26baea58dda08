//! I22: every column of every table is damaged in every way that SQL allows, one column at a time
//! and in one row of each stage of life, beside sound rows that must go on as if nothing was.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use deferral_core::commit::{ApiCommit, AttemptCommit};
use deferral_core::transition::{
    AttemptEnd, CrashBudget, OperationChange, after_attempt, after_crash, expire,
};
use deferral_core::{
    ApiKey, Change, Claim, Claimed, Clock as _, CommitError, Due, Effect, EffectState,
    FoundOperation, Gate, HandlerError, ItemError, JobId, JobQuery, JobState, NewWorker, Operation,
    OperationId, OperationQuery, Outcome, Payload, Policy, PruneLimits, QueueName, Status, Store,
    StoreError, Tenant, WorkerId,
};
use deferral_sqlite::{Options, SqliteStore, Synchronous};
use deferral_testing::{Factory, TestClock, factory};
use rusqlite::Connection;
use tempfile::TempDir;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// One operation of each stage is damaged, the others are not.
const EACH: usize = 3;
/// Nothing here needs more rounds than that; more is a loop.
const ROUNDS: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Available,
    Scheduled,
    Running,
    Suspect,
    Parked,
    Held,
    Finished,
}

impl Stage {
    /// Each has a queue of its own.
    fn queue(self) -> QueueName {
        factory::queue(&format!("{self:?}").to_lowercase())
    }
}

const STAGES: [Stage; 7] = [
    Stage::Available,
    Stage::Scheduled,
    Stage::Running,
    Stage::Suspect,
    Stage::Parked,
    Stage::Held,
    Stage::Finished,
];

/// An operation and the job that carries it out.
#[derive(Debug, Clone, Copy)]
struct Subject {
    stage: Stage,
    operation: OperationId,
    job: JobId,
}

/// A file in which something of everything stands, and a copy of it for each case.
struct Template {
    directory: TempDir,
    subjects: Vec<Subject>,
}

/// A store over a file, at a time.
struct World {
    store: Arc<SqliteStore>,
    clock: TestClock,
    make: Factory,
}

async fn open(path: &Path, clock: &TestClock) -> SqliteStore {
    let options = Options {
        clock: Arc::new(clock.clone()),
        synchronous: Synchronous::Normal,
        ..Options::default()
    };
    SqliteStore::open(path, options).await.unwrap()
}

impl Template {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = TestClock::new();
        let store = Arc::new(open(&directory.path().join("deferral.db"), &clock).await);
        let world = World { store, clock, make: Factory::new() };
        let mut subjects = Vec::new();
        for stage in STAGES {
            for _ in 0..EACH {
                subjects.push(world.bring_to(stage).await);
            }
        }
        world.furnish().await;
        drop(world);
        Self { directory, subjects }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("deferral.db")
    }

    fn victims(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.iter().step_by(EACH)
    }

    fn sound(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.iter().enumerate().filter(|(at, _)| at % EACH != 0).map(|(_, it)| it)
    }
}

/// How an attempt ends.
type Ended = Result<Outcome<serde_json::Value>, HandlerError>;

impl World {
    /// An operation as it stands in this stage.
    async fn bring_to(&self, stage: Stage) -> Subject {
        let mut job = self.make.job();
        job.queue = stage.queue();
        if stage == Stage::Scheduled {
            job.due = Due::After(10 * SECOND);
        }
        if stage == Stage::Running {
            job.input = Payload::new(vec![b'7'; 4000]);
        }
        let mut operation = self.make.operation(self.clock.now());
        operation.correlation = Some("order-7".to_owned());
        let subject = Subject { stage, operation: operation.id, job: job.id };
        let commit = ApiCommit::new(Tenant::default()).once(factory::once(&job.id.to_string()));
        let commit = commit.accept(operation, job, self.clock.now());
        self.store.commit(commit.into()).await.unwrap();
        if matches!(stage, Stage::Available | Stage::Scheduled) {
            return subject;
        }
        let worker = self.worker().await;
        let claimed = self.claim(worker, false, &[stage.queue()]).await.unwrap().remove(0);
        assert_eq!(claimed.job.id, subject.job);
        match stage {
            Stage::Running => self.note(&claimed).await,
            Stage::Suspect => self.crash(worker).await,
            Stage::Parked => {
                let reason = "a person must look".to_owned();
                self.end(&claimed, Err(HandlerError::Park { reason })).await.unwrap();
            }
            Stage::Held => {
                let mut gate = Gate::new("Sure?", self.make.job());
                gate.expires_at = Some(self.clock.now().after(10 * SECOND));
                self.end(&claimed, Ok(Outcome::Confirm(Box::new(gate)))).await.unwrap();
            }
            _ => {
                self.note(&claimed).await;
                self.complete(&claimed).await.unwrap();
            }
        }
        subject
    }

    /// What no operation needs: an API key, a leader, a worker, an owner without effects, a stone.
    async fn furnish(&self) {
        let worker = self.worker().await;
        assert!(self.store.lead(worker).await.unwrap());
        for id in ["sound", "victim"] {
            let key = ApiKey {
                id: id.to_owned(),
                hash: [7; 32],
                tenant: Tenant::default(),
                settings: std::collections::BTreeMap::default(),
                created_at: self.clock.now(),
                revoked_at: None,
            };
            let commit = deferral_core::commit::OperatorCommit::api_key(key);
            self.store.commit(commit.into()).await.unwrap();
        }
        let finished = self.bring_to(Stage::Finished).await;
        let operation = self.find(finished.operation).await.unwrap().unwrap();
        let deleted = deferral_core::transition::delete(&operation, DAY).unwrap();
        self.store.commit(deleted.into()).await.unwrap();
    }

    async fn worker(&self) -> WorkerId {
        let queues = STAGES.into_iter().map(Stage::queue).chain([QueueName::default()]);
        let worker = NewWorker { queues: queues.collect(), ..self.make.worker() };
        let id = worker.id;
        self.store.register(worker).await.unwrap();
        id
    }

    async fn claim(
        &self,
        worker: WorkerId,
        suspect: bool,
        queues: &[QueueName],
    ) -> Result<Vec<Claimed>, StoreError> {
        let claim = Claim { worker, queues: queues.to_vec(), limit: 3, suspect };
        Ok(self.store.claim(claim).await?.claimed)
    }

    /// An effect, and an item error, by an attempt.
    async fn note(&self, claimed: &Claimed) {
        let operation = claimed.operation.clone().unwrap();
        let mut change = OperationChange::of(operation);
        change.record(Change::Started, self.clock.now()).unwrap();
        change.record(Change::ItemErrors { count: 1 }, self.clock.now()).unwrap();
        let owner = Effect::owner(claimed.job.operation, claimed.job.id);
        let effect = Effect::planned(owner, "charge");
        let effect = effect.into_state(EffectState::Confirmed { value: serde_json::json!(7) });
        let error = ItemError {
            code: "Bad".to_owned(),
            message: "It is bad.".to_owned(),
            target: "/7".to_owned(),
        };
        let commit = AttemptCommit::new(Tenant::default(), &claimed.lease);
        let commit = commit.change(change).item_errors(vec![error]).effect(effect);
        self.store.commit(commit.into()).await.unwrap();
    }

    /// The worker dies, and what it held is taken over.
    async fn crash(&self, worker: WorkerId) {
        self.store.abandon(worker).await.unwrap();
        self.rescue().await.unwrap();
    }

    async fn rescue(&self) -> Result<usize, CommitError> {
        let overdue = self.store.overdue(100).await?;
        let late = overdue.leases.len() + overdue.gates.len();
        for lease in &overdue.leases {
            let commit = after_crash(lease, CrashBudget::default(), self.clock.now());
            refused_at_most(self.store.commit(commit.into()).await)?;
        }
        for operation in &overdue.gates {
            if let Some(commit) = expire(operation, self.clock.now()) {
                refused_at_most(self.store.commit(commit.into()).await)?;
            }
        }
        Ok(late)
    }

    async fn complete(&self, claimed: &Claimed) -> Result<(), CommitError> {
        self.end(claimed, Ok(Outcome::Complete(serde_json::Value::Null))).await
    }

    async fn end(&self, claimed: &Claimed, result: Ended) -> Result<(), CommitError> {
        let operation = match claimed.job.operation {
            Some(id) => self.find(id).await?,
            None => None,
        };
        let operation = operation.filter(|operation| operation.job == Some(claimed.job.id));
        let end = AttemptEnd {
            job: &claimed.job,
            policy: &Policy::default(),
            budget: CrashBudget::default(),
            open_effects: claimed.effects.iter().any(Effect::is_open),
            dice: 0.5,
            now: self.clock.now(),
        };
        let mut verdict = after_attempt(&end, &result, operation.as_ref());
        if operation.as_ref().is_some_and(|it| it.status == Status::NotStarted) {
            verdict = verdict.preceded_by(Change::Started);
        }
        let commit = AttemptCommit::new(claimed.job.tenant.clone(), &claimed.lease);
        let commit = verdict.write(commit, operation.as_ref(), self.clock.now()).unwrap();
        self.store.commit(commit.into()).await.map(|_| ())
    }

    async fn find(&self, id: OperationId) -> Result<Option<Operation>, StoreError> {
        Ok(match self.store.operation(&Tenant::default(), id).await? {
            FoundOperation::Live(operation) => Some(*operation),
            FoundOperation::Gone | FoundOperation::Unknown => None,
        })
    }

    /// Life goes on until nothing is left to do. Nothing in it may fail.
    async fn live(&self) {
        let queues: Vec<QueueName> =
            STAGES.into_iter().map(Stage::queue).chain([QueueName::default()]).collect();
        let worker = self.worker().await;
        for _ in 0..ROUNDS {
            assert!(self.store.lead(worker).await.unwrap(), "somebody leads");
            assert!(self.store.heartbeat(worker, &[]).await.unwrap().is_some());
            let mut done = self.store.promote(100).await.unwrap().0;
            done += self.rescue().await.unwrap();
            for suspect in [false, true] {
                for claimed in self.claim(worker, suspect, &queues).await.unwrap() {
                    self.complete(&claimed).await.unwrap();
                    done += 1;
                }
            }
            if done == 0 {
                return;
            }
        }
        panic!("it never comes to rest");
    }
}

fn refused_at_most<T>(result: Result<T, CommitError>) -> Result<(), CommitError> {
    match result {
        Ok(_) | Err(CommitError::Refused(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// What SQL may put into a column of this type.
fn damages(of: &str) -> &'static [&'static str] {
    match of {
        "TEXT" => &[
            "NULL",
            "''",
            "cast(x'780079' AS TEXT)",
            "cast(x'ff00fe' AS TEXT)",
            "'{'",
            "'{}'",
            "'[]'",
            "'null'",
            "'Not A Name'",
            "'another'",
            "'running'",
            "'completed'",
            "printf('%.5000c', 'x')",
            "json_set(DOC, '$.version', 99)",
            "json_set(DOC, '$.version', 18446744073709551615)",
            "json_set(DOC, '$.status', 'Dancing')",
            "json_set(DOC, '$.state', 'dancing')",
            "json_set(DOC, '$.id', '018f0000-0000-7000-8000-000000000000')",
            "json_set(DOC, '$.name', 'other')",
            "json_remove(DOC, '$.tenant')",
        ],
        "INTEGER" => &[
            "NULL",
            "0",
            "1",
            "2",
            "-1",
            "7",
            "4294967295",
            "4294967296",
            "-9223372036854775808",
            "9223372036854775806",
            "9223372036854775807",
        ],
        "BLOB" => &["NULL", "x''", "x'00'", "zeroblob(16)", "zeroblob(5000)", "randomblob(16)"],
        other => panic!("a column of type {other}"),
    }
}

/// Which rows are damaged: of each stage one, or the one there is.
fn victims_of(table: &str) -> &'static str {
    match table {
        "jobs" | "finished_jobs" => "id IN (SELECT job FROM temp.victims)",
        "operations" => "id IN (SELECT operation FROM temp.victims)",
        "large_inputs" => "job IN (SELECT job FROM temp.victims)",
        "events" | "item_errors" => "operation IN (SELECT operation FROM temp.victims)",
        "effects" => "owner IN (SELECT operation FROM temp.victims)",
        "once" => "operation IN (SELECT operation FROM temp.victims)",
        "api_keys" => "id = 'victim'",
        // All of them: who is in the way must not be, whoever it is.
        "workers" | "leader" | "last_batch" | "tombstones" | "idle_owners" | "job_counts" => "TRUE",
        other => panic!("a table that this test does not know: {other}"),
    }
}

fn columns(connection: &Connection) -> Vec<(String, String, String)> {
    let sql = "SELECT m.name, c.name, c.type FROM sqlite_schema m, pragma_table_info(m.name) c \
               WHERE m.type = 'table' ORDER BY 1, c.cid";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// A column, and what is put into it.
type Damage = (String, String, &'static str);

/// Damages a copy of the template, lets it live, and looks. How many damages SQL allowed.
async fn case(template: &Template, damages: &[Damage]) -> usize {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    std::fs::copy(template.path(), &path).unwrap();
    let applied = damages.iter().filter(|damage| apply(template, &path, damage)).count();
    if applied == 0 {
        return 0;
    }
    let clock = TestClock::new();
    clock.advance(60 * SECOND);
    let store = Arc::new(open(&path, &clock).await);
    // Ids that the template did not make.
    let make = Factory::new();
    for _ in 0..1000 {
        make.job_id();
    }
    let world = World { store, clock, make };
    world.live().await;
    world.clock.advance(60 * SECOND);
    world.live().await;
    look_at_sound(&world, template).await;
    for victim in template.victims() {
        look_at_victim(&world, victim).await;
    }
    world.clock.advance(30 * DAY);
    let limits = PruneLimits { jobs: DAY, tombstones: DAY, batch: 100 };
    world.store.prune(limits).await.unwrap();
    world.live().await;
    let again = world.bring_to(Stage::Finished).await;
    let operation = world.find(again.operation).await.unwrap().unwrap();
    assert_eq!(operation.status, Status::Succeeded, "the store goes on");
    applied
}

/// False when SQL does not allow it.
fn apply(template: &Template, path: &Path, (table, column, damage): &Damage) -> bool {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("CREATE TEMP TABLE victims (operation BLOB, job BLOB)").unwrap();
    for victim in template.victims() {
        let ids = [victim.operation.as_uuid(), victim.job.as_uuid()];
        connection.execute("INSERT INTO temp.victims VALUES (?1, ?2)", ids).unwrap();
    }
    let value = damage.replace("DOC", column);
    let rows = victims_of(table);
    // Ids can't all become the same.
    let sql = format!("UPDATE OR IGNORE {table} SET {column} = {value} WHERE {rows}");
    connection.execute(&sql, []).unwrap_or(0) > 0
}

async fn look_at_sound(world: &World, template: &Template) {
    let query = OperationQuery { limit: 1000, ..OperationQuery::default() };
    let listed = world.store.operations(&query).await.unwrap().items;
    let jobs = JobQuery { limit: 1000, ..JobQuery::default() };
    let jobs = world.store.jobs(&jobs).await.unwrap().page.items;
    for Subject { stage, operation: id, job } in template.sound() {
        let operation = world.find(*id).await.unwrap().expect("it is there");
        let status = match stage {
            Stage::Parked => Status::Running,
            Stage::Held => Status::Canceled,
            _ => Status::Succeeded,
        };
        assert_eq!(operation.status, status, "a sound one was {stage:?}");
        assert!(listed.contains(&operation), "a sound one that was {stage:?} is listed");
        assert!(jobs.iter().any(|found| found.id == *job), "as is its job, {stage:?}");
        assert!(!world.store.events(&Tenant::default(), *id, 0).await.unwrap().is_empty());
    }
    world.store.overview().await.unwrap();
    assert!(world.store.api_keys(None).await.unwrap().iter().any(|key| key.id == "sound"));
}

/// It ended, or it is known to need a person, or it is told to be damaged: nothing else.
async fn look_at_victim(world: &World, victim: &Subject) {
    let jobs = JobQuery { limit: 1000, ..JobQuery::default() };
    let found = world.store.jobs(&jobs).await.unwrap();
    let damaged = !found.set_aside.is_empty();
    let operation = match world.find(victim.operation).await {
        Err(StoreError::Corrupt { .. }) => return,
        Err(error) => panic!("{error}"),
        Ok(None) => return,
        Ok(Some(operation)) => operation,
    };
    let job = found.page.items.iter().find(|job| job.id == victim.job);
    let waits_for_its_kind = job.is_some_and(|job| {
        let unknown = job.kind != factory::kind(factory::KIND) || job.version != 1;
        let elsewhere = STAGES.iter().all(|stage| stage.queue() != job.queue);
        let never = matches!(job.state, JobState::Scheduled { at } if at > world.clock.now());
        unknown || elsewhere || never
    });
    let ended = operation.status.is_terminal();
    let told = operation.attention.is_some();
    assert!(
        ended || told || waits_for_its_kind,
        "{victim:?} is skipped in silence: {operation:?} {job:?}, damaged: {damaged}"
    );
}

/// Every damage of the columns of these tables.
async fn all_damages(template: &Template, tables: &[&str]) -> Vec<Damage> {
    let columns = columns(&Connection::open(template.path()).unwrap());
    let of_tables = columns.into_iter().filter(|(table, ..)| tables.contains(&&**table));
    let each = |(table, column, of): (String, String, String)| {
        damages(&of).iter().map(move |damage| (table.clone(), column.clone(), *damage))
    };
    of_tables.flat_map(each).collect()
}

/// Fails with the names of the cases that failed.
async fn run(template: Template, cases: Vec<Vec<Damage>>) {
    let template = Arc::new(template);
    let (mut applied, mut failed) = (0, Vec::new());
    for damages in cases {
        let what = format!("{damages:?}");
        let template = Arc::clone(&template);
        let one = tokio::spawn(async move { case(&template, &damages).await });
        match tokio::time::timeout(60 * SECOND, one).await {
            Ok(Ok(done)) => applied += done,
            Ok(Err(_panicked)) => failed.push(what),
            Err(_elapsed) => failed.push(format!("{what} (it hangs)")),
        }
    }
    println!("{applied} damages");
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    assert!(applied > 0);
}

async fn all_of(tables: &[&str]) {
    let template = Template::new().await;
    let cases = all_damages(&template, tables).await;
    run(template, cases.into_iter().map(|damage| vec![damage]).collect()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_job_harms_nobody_else() {
    all_of(&["jobs"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_operation_harms_nobody_else() {
    all_of(&["operations"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_an_operation_harms_nobody_else() {
    all_of(&["events", "item_errors", "effects", "large_inputs", "once"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_row_that_is_kept_about_others_harms_nobody() {
    let tables = ["workers", "leader", "last_batch", "tombstones", "idle_owners", "job_counts"];
    all_of(&tables).await;
    all_of(&["finished_jobs", "api_keys"]).await;
}

/// So many random mixtures, unless `DEFERRAL_DAMAGE_CASES` says otherwise.
const MIXTURES: usize = 40;

/// Several damages at once, of rows and columns that the dice choose.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_damages_at_once_harm_nobody_else() {
    let told = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = told("DEFERRAL_DAMAGE_SEED").unwrap_or(7);
    let cases = told("DEFERRAL_DAMAGE_CASES").map_or(MIXTURES, |cases| cases.try_into().unwrap());
    println!("DEFERRAL_DAMAGE_SEED={seed}");
    let template = Template::new().await;
    let of_operations = ["jobs", "operations", "events", "effects", "item_errors", "large_inputs"];
    let all = all_damages(&template, &of_operations).await;
    let mut state = seed;
    let mut roll = || {
        // An additive step and a mix of its bits (SplitMix64).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        usize::try_from((mixed ^ (mixed >> 27)) >> 33).unwrap()
    };
    let mut mixture = || (0..4).map(|_| all[roll() % all.len()].clone()).collect();
    let cases = (0..cases).map(|_| mixture()).collect();
    run(template, cases).await;
}
