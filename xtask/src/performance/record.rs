//! What was measured: a file beside the plots that are drawn from it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Result;

use super::figure::Figure;
use super::machine::Machine;
use super::run::WORKLOADS;

const PATH: &str = "docs/performance/figures.json";

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) machine: Machine,
    workloads: BTreeMap<String, Measured>,
}

/// What one workload gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Measured {
    /// Of which commit.
    pub(super) commit: String,
    pub(super) figures: Vec<Figure>,
}

impl Record {
    /// An empty one when there is none yet.
    pub(super) fn read(root: &Path) -> Result<Self> {
        match std::fs::read_to_string(root.join(PATH)) {
            Ok(text) => {
                serde_json::from_str(&text).map_err(|error| format!("{PATH}: {error}").into())
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(format!("{PATH}: {error}").into()),
        }
    }

    pub(super) fn write(&self, root: &Path) -> Result {
        let path = root.join(PATH);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(path, serde_json::to_string_pretty(self)? + "\n")?)
    }

    /// Figures of two machines say nothing about each other: they don't stand in one table.
    pub(super) fn start(&mut self, machine: Machine, anew: bool) -> Result {
        if !anew && !self.workloads.is_empty() && self.machine != machine {
            let why = "the other figures come from another machine: measure all of them anew, \
                       without --only and --resume";
            return Err(why.into());
        }
        self.machine = machine;
        Ok(())
    }

    pub(super) fn take(&mut self, workload: &str, measured: Measured) {
        self.workloads.insert(workload.to_owned(), measured);
    }

    /// Whether it was measured at this commit. Code that was changed since is nobody's commit.
    pub(super) fn has(&self, workload: &str, commit: &str) -> bool {
        !commit.ends_with('+') && self.workloads.get(workload).is_some_and(|it| it.commit == commit)
    }

    /// Those that were measured, in our order.
    pub(super) fn workloads(&self) -> impl Iterator<Item = (&'static str, &Measured)> {
        WORKLOADS.into_iter().filter_map(|name| Some((name, self.workloads.get(name)?)))
    }

    pub(super) fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.workloads().flat_map(|(_, measured)| &measured.figures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let mut record = Record::default();
        let figures = vec![Figure::of("drain", 1.0, None)];
        record.take("drain", Measured { commit: "abc".to_owned(), figures });
        record
    }

    #[test]
    fn what_was_measured_is_not_measured_again_at_the_same_commit() {
        assert!(record().has("drain", "abc"));
        assert!(!record().has("drain", "abd"));
        assert!(!record().has("idle", "abc"));
    }

    #[test]
    fn machines_are_not_mixed() {
        let other = || {
            serde_json::from_str::<Machine>(
                r#"{"processor":"x","cores":1,"memory_gib":1,"file_system":"x","kernel":"1","rust":"1"}"#,
            )
        };
        assert!(record().start(other().unwrap(), false).is_err());
        assert!(record().start(other().unwrap(), true).is_ok());
    }
}
