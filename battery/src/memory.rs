//! A limit on the memory of processes, beyond which the system kills them: a control group.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::world::process::Launch;

const ADVICE: &str = "a control group is made by root only (in a container: --privileged, with \
                      /sys/fs/cgroup writable). This attack is not carried out here: run it \
                      where it may make one";

/// Where the controller of memory is, in the first version and the second, and its files.
const HIERARCHIES: [(&str, &str, &str); 2] = [
    ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.oom_control"),
    ("/sys/fs/cgroup", "memory.max", "memory.events"),
];

/// A group of processes with a limit. It is gone with this value, if they are.
#[derive(Debug)]
pub(crate) struct Group {
    folder: PathBuf,
    events: &'static str,
}

impl Group {
    /// Makes a group of this name that may take so many bytes.
    pub(crate) fn new(name: &str, bytes: u64) -> Result<Self, Error> {
        let has = |&(root, limit, _): &(&str, &'static str, &'static str)| {
            Path::new(root).join(limit).exists()
                || Path::new(root).join("cgroup.controllers").exists()
        };
        let tool =
            |source| Error::Tool { tool: "a control group".to_owned(), source, advice: ADVICE };
        let none = || tool(std::io::ErrorKind::NotFound.into());
        let (root, limit, events) = HIERARCHIES.into_iter().find(has).ok_or_else(none)?;
        let folder = Path::new(root).join(name);
        std::fs::create_dir(&folder).map_err(tool)?;
        let group = Self { folder, events };
        std::fs::write(group.folder.join(limit), bytes.to_string()).map_err(tool)?;
        Ok(group)
    }

    /// A process that belongs to it from its beginning.
    pub(crate) fn limits(&self, launch: Launch) -> Launch {
        let members = self.folder.join("cgroup.procs").display().to_string();
        let script = "echo $$ > \"$0\" && exec \"$@\"";
        launch.wrapped(&["sh", "-c", script, &members])
    }

    /// How often the system killed one of it.
    pub(crate) fn killed(&self) -> u64 {
        let text = std::fs::read_to_string(self.folder.join(self.events)).unwrap_or_default();
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        count.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // One that still has a process stays, empty of meaning.
        let _removed = std::fs::remove_dir(&self.folder);
    }
}
