//! What can be wrong with a file, and what is said about it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use deferral_core::{Durability, Store as _, StoreError};
use deferral_sqlite::{Options, SqliteStore, Synchronous};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::child::{Other, Part, open};

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    (directory, path)
}

async fn refused(path: &Path) -> StoreError {
    let options = Options { patience: Duration::from_millis(200), ..Options::default() };
    match SqliteStore::open(path, options).await {
        Err(error) => error,
        Ok(_) => panic!("{} was opened", path.display()),
    }
}

#[tokio::test]
async fn a_new_file_is_for_its_user_alone() {
    let (directory, path) = directory();
    let _store = open(&path).await;
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} is open to others: {mode:o}", entry.file_name());
    }
}

#[tokio::test]
async fn the_durability_is_that_of_the_option() {
    let (_directory, path) = directory();
    let store = open(&path).await;
    assert_eq!(store.durability(), Durability::PowerSafe);
    drop(store);
    let options = Options { synchronous: Synchronous::Normal, ..Options::default() };
    let store = SqliteStore::open(&path, options).await.unwrap();
    assert_eq!(store.durability(), Durability::CrashSafe);
}

#[tokio::test]
async fn a_missing_directory_is_named() {
    let (_directory, path) = directory();
    let error = refused(&path.join("deeper").join("deferral.db")).await.to_string();
    assert!(error.contains("make the directory first"), "{error}");
}

#[tokio::test]
async fn a_directory_is_no_database() {
    let (directory, _) = directory();
    let error = refused(directory.path()).await.to_string();
    assert!(error.contains("is no file"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let (_directory, path) = directory();
    std::fs::write(&path, "dear diary, ".repeat(1000)).unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("not a database"), "{error}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("dear diary"));
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let (_directory, path) = directory();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE diary (day, text)").unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("another program"), "{error}");
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_both_versions() {
    let (_directory, path) = directory();
    drop(open(&path).await);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("version 7"), "{error}");
}

#[tokio::test]
async fn a_file_that_another_program_holds_is_not_waited_for_for_ever() {
    let (_directory, path) = directory();
    drop(open(&path).await);
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.to_string().contains("another process"), "{error}");
}

#[tokio::test]
async fn a_store_whose_file_is_held_says_so_and_goes_on_later() {
    let (_directory, path) = directory();
    let options = Options { patience: Duration::from_millis(100), ..Options::default() };
    let store = SqliteStore::open(&path, options).await.unwrap();
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (_, commit) = crate::child::accept(store.now());
    let error = store.commit(commit.clone().into()).await.unwrap_err();
    assert!(error.to_string().contains("not available"), "{error}");
    holder.execute_batch("ROLLBACK").unwrap();
    store.commit(commit.into()).await.unwrap();
}

/// Whoever runs this as root can write anything: another user tries.
#[tokio::test]
async fn a_file_that_may_not_be_written_is_refused() {
    let (directory, path) = directory();
    drop(open(&path).await);
    std::fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    std::fs::set_permissions(directory.path(), Permissions::from_mode(0o777)).unwrap();
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = if entry.path().is_dir() { 0o777 } else { 0o666 };
        if entry.path() != path {
            std::fs::set_permissions(entry.path(), Permissions::from_mode(mode)).unwrap();
        }
    }
    let error = refused_by_another_user(&path).await;
    assert!(error.contains("let this user write it"), "{error}");
}

async fn refused_by_another_user(path: &Path) -> String {
    if !rustix::process::geteuid().is_root() {
        return refused(path).await.to_string();
    }
    let mut command = Other::command(Part::Open, path);
    std::os::unix::process::CommandExt::uid(&mut command, 65534);
    let output = command.output().unwrap();
    assert!(!output.status.success(), "it was opened");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn a_damaged_file_is_found_when_nobody_closed_it() {
    let (_directory, path) = directory();
    let store = open(&path).await;
    for _ in 0..200 {
        let (_, commit) = crate::child::accept(store.now());
        store.commit(commit.into()).await.unwrap();
    }
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let pages = bytes.len() / 4096;
    // The headers of all pages from the third on.
    for page in 3..pages {
        bytes[page * 4096..page * 4096 + 8].fill(0xff);
    }
    std::fs::write(&path, bytes).unwrap();
    std::fs::write(path.with_extension("db-lock"), "open\n").unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("restore a backup"), "{error}");
}

fn mark(path: &Path) -> String {
    std::fs::read_to_string(path.with_extension("db-lock")).unwrap()
}

#[tokio::test]
async fn the_last_one_who_closes_says_so() {
    let (_directory, path) = directory();
    let store = open(&path).await;
    let other = Other::start(Part::Open, &path);
    drop(store);
    assert_eq!(mark(&path), "open\n", "another process still has it");
    other.finish();
    assert_eq!(mark(&path), "closed\n");
    let mut killed = Other::start(Part::Open, &path);
    killed.kill();
    assert_eq!(mark(&path), "open\n", "nobody closed it");
    drop(open(&path).await);
    assert_eq!(mark(&path), "closed\n");
}

#[tokio::test]
async fn a_long_path_is_no_obstacle() {
    let (directory, _) = directory();
    let deep = directory.path().join("d".repeat(120));
    std::fs::create_dir(&deep).unwrap();
    let path = deep.join("deferral.db");
    let store = open(&path).await;
    let mut other = Other::start(Part::PickUp, &path);
    assert_eq!(other.say().unwrap(), "ready");
    let (_, commit) = crate::child::accept(store.now());
    store.commit(commit.into()).await.unwrap();
    assert!(other.say().is_some());
}
