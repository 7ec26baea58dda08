//! A command that can be shown to a person exactly as it is run.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Result, workspace};

/// A program, its arguments, and what is set in its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandLine {
    words: Vec<String>,
    environment: Vec<(&'static str, &'static str)>,
}

impl CommandLine {
    /// Splits at white space: no command of ours needs quotes.
    pub(crate) fn new(text: &str) -> Self {
        let words = text.split_whitespace().map(str::to_owned).collect();
        Self { words, environment: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.environment.push((name, value));
        self
    }

    pub(crate) fn arguments<'a>(mut self, more: impl IntoIterator<Item = &'a str>) -> Self {
        self.words.extend(more.into_iter().map(str::to_owned));
        self
    }

    /// Runs it at the workspace's root, with its output passed on.
    pub(crate) fn run(&self) -> Result {
        let status = self.command().status().map_err(|error| format!("{self}: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("{self}: {status}").into()) }
    }

    /// Runs it and returns what it wrote to its standard output.
    pub(crate) fn read(&self) -> Result<String> {
        let output = self
            .command()
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("{self}: {error}"))?;
        if !output.status.success() {
            return Err(format!("{self}: {}", output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Whether it runs and succeeds; its output is of no interest.
    pub(crate) fn succeeds(&self) -> bool {
        let status = self.command().stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.words.first().map_or("", String::as_str));
        command
            .args(self.words.iter().skip(1))
            .envs(self.environment.iter().copied())
            .current_dir(Path::new(workspace::root()))
            .stdin(Stdio::null());
        command
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.environment {
            write!(f, "{name}=\"{value}\" ")?;
        }
        f.write_str(&self.words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_shown_as_a_person_would_type_it() {
        let docs = CommandLine::new("cargo doc --no-deps").with("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(docs.to_string(), "RUSTDOCFLAGS=\"-D warnings\" cargo doc --no-deps");
    }

    #[test]
    fn a_failure_names_the_command() {
        let failure = CommandLine::new("false --at-once").run().unwrap_err().to_string();
        assert!(failure.starts_with("false --at-once: "), "{failure}");
    }

    #[test]
    fn a_missing_program_does_not_succeed() {
        assert!(!CommandLine::new("no-such-program-anywhere --version").succeeds());
        assert!(CommandLine::new("true").succeeds());
    }
}
