//! One attack on one build, by a process of its own, until it is red for the right reason.

use std::fmt;
use std::path::Path;
use std::process::Stdio;

use deferral::core::canary::Canary;
use serde::Deserialize;
use tokio::process::Command;

use crate::error::Error;

/// What depends on luck comes about within so many runs; what has not come then, does not.
const RUNS: u64 = 5;
const VARIABLE: &str = "DEFERRAL_CANARY";

/// An attack that is tried on the build that can make mistakes.
pub(super) struct Trial<'a> {
    pub(super) program: &'a Path,
    pub(super) attack: &'static str,
    pub(super) seed: u64,
}

/// What a run told.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Run {
    green: bool,
    #[serde(default)]
    report: Option<Findings>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Findings {
    findings: Vec<String>,
    missing: Vec<String>,
}

/// What came of all runs.
#[derive(Debug)]
pub(super) struct Caught {
    runs: u64,
    /// What the attack found that is this mistake. That something could not be done, or did not
    /// happen, or that another promise was broken, proves nothing of it.
    finding: Option<String>,
    last: Run,
}

impl Trial<'_> {
    /// Runs the attack until it catches this canary, by a finding with these words, a few times at
    /// most.
    pub(super) async fn of(&self, canary: Canary, words: &str) -> Result<Caught, Error> {
        let mut caught = Caught { runs: 0, finding: None, last: Run::default() };
        while caught.runs < RUNS && !caught.is_caught() {
            caught.runs += 1;
            caught.last = self.run(Some(canary), self.seed.wrapping_add(caught.runs)).await?;
            caught.finding = caught.last.tells(words).map(str::to_owned);
        }
        Ok(caught)
    }

    /// Runs the attack while no mistake is made.
    pub(super) async fn without(&self) -> Result<Run, Error> {
        self.run(None, self.seed).await
    }

    async fn run(&self, canary: Option<Canary>, seed: u64) -> Result<Run, Error> {
        let seed = seed.to_string();
        let mut command = Command::new(self.program);
        command.args(["run", self.attack, "--small", "--json", "--seed", &seed]);
        command.env_remove(VARIABLE).envs(canary.map(|canary| (VARIABLE, canary.name())));
        command.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let name = || format!("{} {}", self.program.display(), self.attack);
        let output = command.output().await;
        let output = output.map_err(|source| Error::Start { name: name(), source })?;
        let told = output.stdout.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty());
        serde_json::from_slice(told.unwrap_or_default())
            .map_err(|error| Error::Unexpected { what: name(), why: error.to_string() })
    }
}

impl Run {
    pub(super) const fn is_green(&self) -> bool {
        self.green
    }

    fn tells(&self, words: &str) -> Option<&str> {
        let findings = self.report.iter().flat_map(|report| &report.findings);
        findings.map(String::as_str).find(|finding| finding.contains(words))
    }

    /// The first thing that it has to say.
    fn why(&self) -> Option<&str> {
        let (findings, missing) = match &self.report {
            Some(report) => (report.findings.first(), report.missing.first()),
            None => (None, None),
        };
        findings.or(self.error.as_ref()).or(missing).map(String::as_str)
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.green, self.why()) {
            (true, _) => f.write_str("green"),
            (false, why) => write!(f, "RED: {}", short(why.unwrap_or("it does not say why"))),
        }
    }
}

impl Caught {
    pub(super) const fn is_caught(&self) -> bool {
        self.finding.is_some()
    }

    pub(super) const fn runs(&self) -> u64 {
        self.runs
    }

    pub(super) fn why(&self) -> Option<&str> {
        self.finding.as_deref().or_else(|| self.last.why())
    }
}

impl fmt::Display for Caught {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = short(self.why().unwrap_or_default());
        match (self.is_caught(), self.runs) {
            (true, 1) => write!(f, "caught: {why}"),
            (true, runs) => write!(f, "caught in run {runs}: {why}"),
            (false, runs) => write!(f, "NOT CAUGHT in {runs} runs. {why}"),
        }
    }
}

/// As much as fits beside the rest.
fn short(text: &str) -> String {
    text.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(json: &str) -> Run {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_finding_that_is_meant_is_a_catch() {
        let told = r#"{"attack": "kinds", "green": false, "broken": true, "error": null,
            "report": {"counts": {}, "findings": ["stays Running", "a promise"], "missing": []}}"#;
        let last = run(told);
        assert_eq!((last.tells("a promise"), last.tells("another")), (Some("a promise"), None));
        let caught = Caught { runs: 2, finding: Some("a promise".to_owned()), last };
        assert!(caught.is_caught());
        assert_eq!(caught.to_string(), "caught in run 2: a promise");
    }

    #[test]
    fn what_is_red_for_another_reason_is_no_catch() {
        let told = r#"{"green": false, "broken": false, "report": null, "error": "no port"}"#;
        let caught = Caught { runs: 5, finding: None, last: run(told) };
        assert!(!caught.is_caught());
        assert_eq!(caught.to_string(), "NOT CAUGHT in 5 runs. no port");
    }
}
