//! Where the figures come from.

use std::fs::read_to_string;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::command_line::CommandLine;

/// What must be the same for figures to stand in one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Machine {
    processor: String,
    cores: usize,
    memory_gib: u64,
    file_system: String,
    kernel: String,
    rust: String,
}

impl Machine {
    /// This one, with the disk of a folder.
    pub(super) fn look(folder: &str) -> Result<Self> {
        let memory_kib: u64 = value(&read("/proc/meminfo")?, "MemTotal")
            .and_then(|it| it.split_whitespace().next()?.parse().ok())
            .ok_or("/proc/meminfo: there is no MemTotal")?;
        let processor = value(&read("/proc/cpuinfo")?, "model name").unwrap_or_default();
        let rust = CommandLine::new("rustc --version").read()?;
        Ok(Self {
            processor: processor.split_whitespace().collect::<Vec<_>>().join(" "),
            cores: std::thread::available_parallelism()?.get(),
            memory_gib: (memory_kib as f64 / f64::from(1 << 20)).round() as u64,
            file_system: file_system(&read("/proc/mounts")?, folder).unwrap_or_default(),
            kernel: read("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            rust: rust.split_whitespace().nth(1).unwrap_or_default().to_owned(),
        })
    }

    pub(super) fn shown(&self) -> String {
        let Self { processor, cores, memory_gib, file_system, kernel, rust } = self;
        format!(
            "{cores} cores of {processor}, {memory_gib} GiB of memory, {file_system}, \
             Linux {kernel}, Rust {rust}"
        )
    }
}

fn read(path: &str) -> Result<String> {
    read_to_string(path).map_err(|error| format!("{path}: {error}; Linux has it").into())
}

/// Of a line such as `name : value`.
fn value(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The one that is mounted nearest to the folder.
fn file_system(mounts: &str, folder: &str) -> Option<String> {
    let mounted = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let above = mounted.filter(|(place, _)| {
        folder.strip_prefix(place.trim_end_matches('/')).is_some_and(|it| it.starts_with('/'))
    });
    Some(above.max_by_key(|(place, _)| place.len())?.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_counts() {
        let mounts = "none / overlay rw 0 0\n/dev/a /data ext4 rw 0 0\n/dev/b /database xfs rw 0 0";
        assert_eq!(file_system(mounts, "/data/deferral").as_deref(), Some("ext4"));
        assert_eq!(file_system(mounts, "/srv/me").as_deref(), Some("overlay"));
    }

    #[test]
    fn a_value_stands_behind_its_name() {
        assert_eq!(value("MemTotal:  123 kB\n", "MemTotal").as_deref(), Some("123 kB"));
        assert_eq!(value("MemFree: 1 kB\n", "MemTotal"), None);
    }
}
