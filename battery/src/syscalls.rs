//! A process one of whose system calls fails, or kills it: `strace`.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::world::process::Launch;

const ADVICE: &str = "it must be installed (cargo xtask setup) and may trace (in a container: \
                      --cap-add SYS_PTRACE)";

/// What becomes of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blow {
    /// The process dies before the call is carried out.
    Kill,
    /// The disk is broken.
    Io,
    /// The disk is full.
    Full,
}

/// One blow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Injection {
    /// The name of the call.
    pub(crate) call: &'static str,
    /// What becomes of it.
    pub(crate) blow: Blow,
    /// Which of the calls of each thread it is, from 1.
    pub(crate) number: u32,
}

/// What is known of a process that was made to suffer.
#[derive(Debug)]
pub(crate) struct Trace {
    file: PathBuf,
}

/// Makes the process that is launched suffer. What it did is written to a file.
pub(crate) fn injected(
    launch: Launch,
    injection: Injection,
    file: &Path,
) -> Result<(Launch, Trace), Error> {
    check_tool()?;
    let Injection { call, blow, number } = injection;
    let how = match blow {
        Blow::Kill => "signal=SIGKILL",
        Blow::Io => "error=EIO",
        Blow::Full => "error=ENOSPC",
    };
    let (traced, inject) =
        (format!("--trace={call}"), format!("--inject={call}:{how}:when={number}"));
    let name = file.display().to_string();
    // The tracer is the grandchild, so that signals and the exit status are the process's own.
    let wrapper = [
        "strace",
        "-D",
        "-f",
        "-qq",
        "--seccomp-bpf",
        "--signal=none",
        "-o",
        &name,
        &traced,
        &inject,
    ];
    Ok((launch.wrapped(&wrapper), Trace { file: file.to_owned() }))
}

impl Trace {
    /// How often a call failed.
    pub(crate) fn failed_calls(&self) -> usize {
        let text = std::fs::read(&self.file).unwrap_or_default();
        String::from_utf8_lossy(&text).matches("(INJECTED)").count()
    }
}

fn check_tool() -> Result<(), Error> {
    let tool = || "strace".to_owned();
    let found = std::process::Command::new("strace").arg("--version").output();
    let output = found.map_err(|source| Error::Tool { tool: tool(), source, advice: ADVICE })?;
    if output.status.success() {
        return Ok(());
    }
    let source = std::io::Error::other(output.status.to_string());
    Err(Error::Tool { tool: tool(), source, advice: ADVICE })
}
