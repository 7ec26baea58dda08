//! Opening the file: everything that can be wrong with it is found here, and told.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use deferral_core::StoreError;
use rusqlite::{Connection, MAIN_DB};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::boot::{BootLock, Found};
use crate::disk::must_be_local;
use crate::error::{Failure, corrupt, io, unavailable};
use crate::hints::Hints;
use crate::options::Options;
use crate::queue::Queue;
use crate::reader::Readers;
use crate::store::SqliteStore;
use crate::turn::Turn;
use crate::wake::Bells;
use crate::worker_locks::WorkerLocks;
use crate::writer::{Log, Writer};
use crate::{connection, migrate};

/// A read may take so many times as long as other processes are waited for.
const READS: u32 = 3;

/// SQLite before this may damage a database that two connections write and checkpoint at once.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Opens the store on a thread of its own, since a check of a large file takes a while.
pub(crate) async fn open(path: PathBuf, options: Options) -> Result<SqliteStore, StoreError> {
    let (reply, opened) = oneshot::channel();
    let opening = move || {
        // Who dropped the future does not want the store.
        let _unwanted = reply.send(open_now(&path, &options));
    };
    thread("deferral-open", opening)?;
    opened.await.map_err(|_| unavailable("the store could not be opened: opening it panicked"))?
}

fn open_now(path: &Path, options: &Options) -> Result<SqliteStore, StoreError> {
    check_version()?;
    let path = &whole(path)?;
    let lock = beside(path, "-lock");
    let (mut boot, found) =
        BootLock::take(&lock, options.patience).map_err(|error| match error.kind() {
            ErrorKind::TimedOut => unavailable(format!(
                "another process is opening {} for a long time; wait for it, or stop it",
                path.display()
            )),
            _ => io(&format!("opening {}", lock.display()), &error),
        })?;
    // What was made just now, nobody can have left open.
    let made = found != Found::InUse && make_file(path)?;
    let found = if made { Found::Closed } else { found };
    let writer = prepare(path, options, found)?;
    if found != Found::InUse {
        boot.open().map_err(|error| io(&format!("writing {}", lock.display()), &error))?;
    }
    start(path, options, writer, boot)
}

fn check_version() -> Result<(), StoreError> {
    if rusqlite::version_number() >= OLDEST_SQLITE {
        return Ok(());
    }
    let version = rusqlite::version();
    Err(unavailable(format!("SQLite {version} is linked, at least 3.51.3 is needed; build anew")))
}

/// The path without links and dots, so that all processes find the same files beside it.
fn whole(path: &Path) -> Result<PathBuf, StoreError> {
    let directory = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return Err(unavailable(format!("{} is no file", path.display()))),
    };
    let name = path.file_name().filter(|_| !path.is_dir());
    let name = name.ok_or_else(|| unavailable(format!("{} is no file", path.display())))?;
    let directory = directory
        .canonicalize()
        .map_err(|error| io(&format!("the directory {}", directory.display()), &error))?;
    must_be_local(&directory)?;
    let path = directory.join(name);
    Ok(path.canonicalize().unwrap_or(path))
}

/// Makes the file, for this user alone, unless it is there. SQLite gives its own files the same
/// permissions. Nobody has it open: closing a file here would free the locks of this process.
/// Whether it was made.
fn make_file(path: &Path) -> Result<bool, StoreError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let flushed = made.and_then(|file| {
        file.sync_all()?;
        path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    });
    match flushed {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(io(&format!("making {}", path.display()), &error)),
    }
}

/// A connection that may write to a database as this program knows it.
fn prepare(path: &Path, options: &Options, found: Found) -> Result<Connection, StoreError> {
    let told = |error| Failure::Sql(error).told();
    let connection = connection::open(path, options.patience).map_err(told)?;
    if connection.is_readonly(MAIN_DB).map_err(told)? {
        return Err(StoreError::ReadOnly(
            format!("{} can't be written; let this user write it", path.display()).into(),
        ));
    }
    migrate::recognize(&connection, path)?;
    connection::set_up_writer(&connection, options).map_err(told)?;
    if found == Found::LeftOpen {
        check(&connection, path)?;
    }
    migrate::migrate(&connection).map_err(told)?;
    Ok(connection)
}

/// Reads the whole file once, since nobody closed it.
fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let begun = Instant::now();
    let verdict: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| Failure::Sql(error).told())?;
    if verdict != "ok" {
        return Err(corrupt(
            path.display().to_string(),
            format!("it is damaged ({verdict}); keep a copy of it and restore a backup"),
        ));
    }
    let took = begun.elapsed();
    tracing::info!(?took, "The database was not closed in good order; it was checked and is whole");
    Ok(())
}

fn start(
    path: &Path,
    options: &Options,
    first: Connection,
    boot: BootLock,
) -> Result<SqliteStore, StoreError> {
    let told = |error| Failure::Sql(error).told();
    let beside_it = |what: &'static str| {
        move |error: std::io::Error| io(&format!("opening {}{what}", path.display()), &error)
    };
    let readers = (0..options.readers.max(1))
        .map(|_| connection::reader(path, options))
        .collect::<rusqlite::Result<Vec<_>>>()
        .map_err(told)?;
    let watching = connection::reader(path, options).map_err(told)?;
    let readers = Readers::start(readers, options.patience * READS).map_err(beside_it(""))?;
    let (hints, socket) = Hints::open(&beside(path, "-wake")).map_err(beside_it("-wake"))?;
    let (queue, bells, hints) = (Arc::new(Queue::new()), Arc::new(Bells::new()), Arc::new(hints));
    let locks = WorkerLocks::new(beside(path, "-workers")).map_err(beside_it("-workers"))?;
    let locks = Arc::new(locks);
    let writer = Writer {
        path: path.to_owned(),
        options: options.clone(),
        queue: Arc::clone(&queue),
        bells: Arc::clone(&bells),
        hints: Arc::clone(&hints),
        locks: Arc::clone(&locks),
        turn: Turn::new(&beside(path, "-turn")).map_err(beside_it("-turn"))?,
        boot,
        id: Uuid::now_v7(),
        log: Log::default(),
        seen: Cell::default(),
    };
    let writing = thread("deferral-write", move || writer.run(first))?;
    let mut store = SqliteStore {
        options: options.clone(),
        queue,
        readers,
        bells: Arc::clone(&bells),
        hints: Arc::clone(&hints),
        locks,
        writing: Some(writing),
        listening: None,
    };
    let listen = move || {
        let mut seen = version(&watching);
        hints.listen(&socket, &bells, || {
            let before = std::mem::replace(&mut seen, version(&watching));
            before != seen
        });
    };
    store.listening = Some(thread("deferral-wake", listen)?);
    Ok(store)
}

/// A number that changes when anybody else writes to the file.
fn version(connection: &Connection) -> Option<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0)).ok()
}

fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    started.map_err(|error| unavailable(format!("no thread can be started: {error}")))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
