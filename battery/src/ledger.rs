//! What was survived, run by run: a committed file, and its sums.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use comfy_table::{Table, presets};
use serde::{Deserialize, Serialize};

use crate::args::LedgerArgs;
use crate::error::Error;
use crate::report::Counts;
use crate::{commit, output, pages};

/// One run of one attack at full size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) attack: String,
    pub(crate) seed: u64,
    pub(crate) commit: String,
    pub(crate) store: String,
    pub(crate) durability: String,
    pub(crate) green: bool,
    pub(crate) seconds: u64,
    pub(crate) counts: Counts,
}

fn path() -> PathBuf {
    commit::root().join("battery").join("ledger.jsonl")
}

/// Adds an entry.
pub(crate) fn append(entry: &Entry) -> Result<(), Error> {
    let path = path();
    let line = serde_json::to_string(entry).map_err(|source| Error::Ledger {
        path: path.clone(),
        line: 0,
        source,
    })?;
    let opened = OpenOptions::new().create(true).append(true).open(&path);
    let written = opened.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
    written.map_err(|source| Error::File { path, source })
}

/// All entries, oldest first.
pub(crate) fn entries() -> Result<Vec<Entry>, Error> {
    let path = path();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::File { path, source }),
    };
    let read = |(number, line)| {
        serde_json::from_str(line).map_err(|source| Error::Ledger {
            path: path.clone(),
            line: number + 1,
            source,
        })
    };
    text.lines().enumerate().map(read).collect()
}

/// What the commit survived that was attacked last.
pub(crate) struct Survived {
    pub(crate) commit: String,
    /// The sums of its runs, for each store. What was lost in a run stays in the sum: a ledger that
    /// forgot its red entries would prove nothing.
    pub(crate) sums: BTreeMap<String, Counts>,
}

/// Sums up the runs on the commit of the last entry.
pub(crate) fn survived() -> Result<Survived, Error> {
    let entries = entries()?;
    let commit = entries.last().map(|entry| entry.commit.clone()).unwrap_or_default();
    let mut sums: BTreeMap<String, Counts> = BTreeMap::new();
    for entry in entries.into_iter().filter(|entry| entry.commit == commit) {
        *sums.entry(entry.store).or_default() += entry.counts;
    }
    Ok(Survived { commit, sums })
}

/// Prints the sums.
pub(crate) fn print(args: &LedgerArgs) -> Result<(), Error> {
    let survived = survived()?;
    if args.write {
        pages::write(&survived)?;
    }
    let Survived { commit, sums } = survived;
    if args.json {
        let sums: BTreeMap<&String, serde_json::Value> =
            sums.iter().map(|(store, counts)| (store, told(counts))).collect();
        output::line(serde_json::json!(sums));
        return Ok(());
    }
    output::line(format_args!("commit {commit}"));
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let stores: Vec<&String> = sums.keys().collect();
    table.set_header(std::iter::once(String::new()).chain(stores.iter().map(|it| (*it).clone())));
    let columns: Vec<serde_json::Value> = sums.values().map(told).collect();
    let names = columns.first().and_then(|it| it.as_object()).into_iter().flatten();
    for (name, _) in names {
        let row = columns.iter().map(|column| column[name].to_string());
        table.add_row(std::iter::once(name.clone()).chain(row));
    }
    output::line(table);
    Ok(())
}

fn told(counts: &Counts) -> serde_json::Value {
    serde_json::json!({
        "acked": counts.acked,
        "kills": counts.kills,
        "powerCuts": counts.power_cuts,
        "zombies": counts.zombies,
        "fullDisks": counts.full_disks,
        "clockSteps": counts.clock_steps,
        "duplicatePosts": counts.duplicate_posts,
        "payments": counts.payments,
        "crashPoints": counts.crash_points,
        "worlds": counts.worlds,
        "staleRefused": counts.stale_refused,
        "lost": counts.lost,
        "twice": counts.twice,
    })
}
