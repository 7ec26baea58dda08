//! A program that must be there, and where it comes from.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::package_manager::PackageManager;
use crate::command_line::CommandLine;

#[derive(Deserialize)]
pub(crate) struct Tools {
    pub(crate) tool: Vec<Tool>,
}

#[derive(Deserialize)]
pub(crate) struct Tool {
    pub(crate) name: String,
    /// Succeeds where the tool is installed.
    check: String,
    because: String,
    /// The command of ours that needs it.
    #[serde(default = "tests")]
    pub(crate) needed_for: String,
    /// Installs it on every system.
    command: Option<String>,
    /// By the name of the package manager.
    #[serde(default)]
    packages: BTreeMap<String, String>,
}

/// Where a tool comes from on this system.
pub(crate) enum Source<'a> {
    Command(&'a str),
    Packages(&'a PackageManager, &'a str),
}

impl Tool {
    pub(crate) fn is_present(&self) -> bool {
        CommandLine::new(&self.check).succeeds()
    }

    /// The tool and what it is for.
    pub(crate) fn described(&self) -> String {
        format!("{} ({})", self.name, self.because)
    }

    /// Fails with what a person can do.
    pub(crate) fn source<'a>(
        &'a self,
        manager: Option<&'a PackageManager>,
    ) -> Result<Source<'a>, String> {
        if let Some(command) = &self.command {
            return Ok(Source::Command(command));
        }
        let packages = manager
            .and_then(|manager| Some(Source::Packages(manager, self.packages.get(manager.name)?)));
        packages.ok_or_else(|| {
            let test = &self.check;
            format!("{} is missing; install it so that `{test}` succeeds", self.described())
        })
    }
}

impl Source<'_> {
    pub(crate) fn command(&self) -> CommandLine {
        match self {
            Self::Command(command) => CommandLine::new(command),
            Self::Packages(manager, packages) => manager.install(packages),
        }
    }
}

fn tests() -> String {
    "test".to_owned()
}
