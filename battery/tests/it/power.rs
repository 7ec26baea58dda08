//! The disk whose power can be cut.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

struct Disk {
    folder: PathBuf,
    orders: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
    process: Child,
    _within: TempDir,
}

impl Disk {
    fn mount() -> Self {
        let within = tempfile::tempdir().unwrap();
        let folder = within.path().join("disk");
        fs::create_dir(&folder).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_battery"));
        command.arg("disk").arg(&folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap()).lines();
        let orders = process.stdin.take();
        let mut disk = Self { folder, orders, answers, process, _within: within };
        disk.answer("mounted");
        disk
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders.as_mut().unwrap(), "{order}").unwrap();
    }

    fn answer(&mut self, begin: &str) -> String {
        let line = self.answers.next().expect("it ended").unwrap();
        line.strip_prefix(begin).unwrap_or_else(|| panic!("{line}")).to_owned()
    }

    fn arm(&mut self, calls: u64, seed: u64) {
        self.order(&format!("cut {calls} {seed}"));
        // The order is on its way; what comes behind it is answered after it.
        let copy = self.folder.with_file_name("copy");
        self.order(&format!("copy {}", copy.display()));
        self.answer("copied");
    }

    fn restore(&mut self) -> Value {
        let forgotten = serde_json::from_str(&self.answer("dead ")).unwrap();
        self.order("restore");
        self.answer("mounted");
        forgotten
    }

    /// Cuts the power at the next call, and turns it on again.
    fn cut(&mut self, seed: u64) -> Value {
        self.arm(1, seed);
        assert!(File::create(self.folder.join("touch")).is_err(), "there is power");
        self.restore()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.orders.take());
        // It unmounts itself.
        let _status = self.process.wait();
    }
}

#[test]
fn what_was_flushed_survives_and_the_rest_may_not() {
    let mut disk = Disk::mount();
    let path = disk.folder.join("file");
    let mut torn = 0;
    for seed in 0..20 {
        let mut file = File::create(&path).unwrap();
        file.write_all(&[1; 4096]).unwrap();
        file.sync_all().unwrap();
        drop(file);
        File::open(&disk.folder).unwrap().sync_all().unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&[2; 4096]).unwrap();
        drop(file);
        let forgotten = disk.cut(seed);
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes[..4096], [1; 4096]);
        assert!(bytes[4096..].iter().all(|byte| *byte == 2));
        let lost = forgotten["writes"].as_u64().unwrap() + forgotten["torn"].as_u64().unwrap();
        assert_eq!(bytes.len() < 8192, lost > 0, "{forgotten} {}", bytes.len());
        torn += forgotten["torn"].as_u64().unwrap();
    }
    assert!(torn > 0);
}

#[test]
fn a_name_survives_when_its_folder_was_flushed() {
    let mut disk = Disk::mount();
    fs::write(disk.folder.join("kept"), "").unwrap();
    File::open(&disk.folder).unwrap().sync_all().unwrap();
    let mut gone = 0;
    for seed in 0..20 {
        let path = disk.folder.join(format!("new-{seed}"));
        File::create(&path).unwrap().sync_all().unwrap();
        disk.cut(seed);
        assert!(disk.folder.join("kept").exists());
        gone += u64::from(!path.exists());
    }
    assert!(gone > 0);
}

fn connection(file: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection
}

fn count(connection: &rusqlite::Connection) -> i64 {
    connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
}

#[test]
fn sockets_locks_and_shared_memory_work() {
    let disk = Disk::mount();
    let socket = disk.folder.join("socket");
    let listening = UnixDatagram::bind(&socket).unwrap();
    UnixDatagram::unbound().unwrap().send_to(b"x", &socket).unwrap();
    assert_eq!(listening.recv(&mut [0; 8]).unwrap(), 1);
    let lock = || File::create(disk.folder.join("lock")).unwrap();
    let held = lock();
    held.try_lock().unwrap();
    assert!(lock().try_lock().is_err());
    let file = disk.folder.join("test.db");
    let (one, other) = (connection(&file), connection(&file));
    one.execute_batch("CREATE TABLE t (n)").unwrap();
    for number in 0..50 {
        let (writes, reads) = if number % 2 == 0 { (&one, &other) } else { (&other, &one) };
        writes.execute("INSERT INTO t VALUES (?1)", [number]).unwrap();
        assert_eq!(count(reads), number + 1);
    }
}

/// How many of the rows whose commit was answered are gone, over cuts at all moments.
fn lost_rows(synchronous: &str, cuts: u64) -> i64 {
    let mut disk = Disk::mount();
    let file = disk.folder.join("test.db");
    connection(&file).execute_batch("CREATE TABLE t (n)").unwrap();
    File::open(&disk.folder).unwrap().sync_all().unwrap();
    let mut lost = 0;
    for seed in 0..cuts {
        let writes = connection(&file);
        writes.pragma_update(None, "synchronous", synchronous).unwrap();
        let mut acked = count(&writes);
        disk.arm(20 + seed * 7 % 60, seed);
        while writes.execute("INSERT INTO t VALUES (zeroblob(3000))", []).is_ok() {
            acked += 1;
        }
        drop(writes);
        disk.restore();
        let reads = connection(&file);
        let verdict: String =
            reads.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok", "{synchronous}, cut {seed}");
        lost += (acked - count(&reads)).max(0);
    }
    lost
}

#[test]
fn a_commit_that_was_flushed_is_not_lost_and_another_is() {
    assert_eq!(lost_rows("FULL", 30), 0);
    assert!(lost_rows("NORMAL", 30) > 0);
}
