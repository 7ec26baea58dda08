//! `cargo xtask end-to-end`: the demo from start to end, as a newcomer would run it.

use std::io::Read;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::command_line::CommandLine;
use crate::workspace::Metadata;
use crate::{Result, console, demo_report};

/// Far more than the demo takes: to hang is a failure too.
const DEADLINE: Duration = Duration::from_secs(300);

/// The same command as the step `build` of `test`: alone, the demo would be built a second time,
/// with other features of what it depends on.
pub(crate) const BUILD: &str = "cargo build --workspace --all-targets --locked";

pub(crate) fn run() -> Result {
    CommandLine::new(BUILD).run()?;
    let program = format!("{}/debug/demo", Metadata::read()?.target_directory);
    let demo = CommandLine::new(&program).arguments(["--exit", "--json"]);
    let output = read_within(&demo, DEADLINE)?;
    console::line(output.trim_end());
    demo_report::check(&output).map_err(|error| format!("{demo}: {error}").into())
}

/// What the command writes until it ends, which must be in time and with success.
fn read_within(command: &CommandLine, deadline: Duration) -> Result<String> {
    let spawned = command.command().stdout(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| format!("{command}: {error}"))?;
    let written = read_aside(&mut child);
    let Ok(output) = written.recv_timeout(deadline) else {
        child.kill()?;
        child.wait()?;
        return Err(format!("{command}: not done after {} s", deadline.as_secs()).into());
    };
    let status = child.wait()?;
    if !status.success() {
        console::line(output.trim_end());
        return Err(format!("{command}: {status}").into());
    }
    Ok(output)
}

/// Reads to the end on a thread of its own, so that the reader can give up.
fn read_aside(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    if let Some(mut stdout) = child.stdout.take() {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            // What came before an error is still worth showing; the status tells of the rest.
            let _ = stdout.read_to_end(&mut bytes);
            let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
        });
    }
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(60);

    #[test]
    fn what_a_command_wrote_is_returned() {
        assert_eq!(read_within(&CommandLine::new("echo done"), SOON).unwrap(), "done\n");
    }

    #[test]
    fn a_failing_command_fails() {
        let failure = read_within(&CommandLine::new("false"), SOON).unwrap_err().to_string();
        assert!(failure.starts_with("false: exit status"), "{failure}");
    }

    #[test]
    fn a_command_that_hangs_is_ended() {
        let hangs = CommandLine::new("sleep 600");
        let failure = read_within(&hangs, Duration::from_millis(10)).unwrap_err().to_string();
        assert!(failure.starts_with("sleep 600: not done after"), "{failure}");
    }
}
