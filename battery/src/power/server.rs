//! The process of the disk: orders come on the standard input, answers go to the standard output.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use fuser::{BackgroundSession, Config, MountOption, Session};

use super::ADVICE;
use super::mount::{Disks, Shared};
use crate::error::Error;
use crate::output;

/// The command line of the disk.
#[derive(Debug, clap::Args)]
pub(crate) struct DiskArgs {
    /// Where it is mounted
    folder: PathBuf,
}

/// Is a disk at a folder until the standard input ends.
pub(crate) fn serve(args: &DiskArgs) -> Result<(), Error> {
    let shared = Arc::new(Shared::default());
    let mut session = mount(&shared, &args.folder)?;
    output::line("mounted");
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["cut", calls, seed] => {
                shared.arm(calls.parse().unwrap_or(1), seed.parse().unwrap_or(0));
            }
            ["restore"] => {
                unmount(&args.folder)?;
                // Nobody has anything open on a disk that is gone.
                let _ended = session.join();
                shared.revive();
                session = mount(&shared, &args.folder)?;
                output::line("mounted");
            }
            ["copy", folder] => {
                let path = Path::new(folder);
                let copied = shared.copy_to(path);
                copied.map_err(|source| Error::File { path: path.to_owned(), source })?;
                output::line("copied");
            }
            _ => output::line(format_args!("what is {line:?}?")),
        }
    }
    unmount(&args.folder)
}

fn mount(shared: &Arc<Shared>, folder: &Path) -> Result<BackgroundSession, Error> {
    let mut config = Config::default();
    config.mount_options = vec![MountOption::FSName("battery".to_owned())];
    let session = Session::new(Disks(Arc::clone(shared)), folder, &config);
    let tool = || format!("FUSE at {}", folder.display());
    let failed = |source| Error::Tool { tool: tool(), source, advice: ADVICE };
    session.and_then(Session::spawn).map_err(failed)
}

fn unmount(folder: &Path) -> Result<(), Error> {
    let mut command = Command::new("fusermount3");
    // What somebody still has open goes when they do.
    command.args(["-u", "-z"]).arg(folder).stderr(Stdio::null());
    let tool = || "fusermount3".to_owned();
    let status = command.status();
    status.map_err(|source| Error::Tool { tool: tool(), source, advice: ADVICE })?;
    Ok(())
}
