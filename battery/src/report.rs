//! What an attack counted.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! counts {
    ($($(#[doc = $doc:literal])+ $name:ident),* $(,)?) => {
        /// What was counted. All but the first block are how much was survived.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub(crate) struct Counts { $($(#[doc = $doc])+ pub(crate) $name: u64),* }

        impl std::ops::AddAssign for Counts {
            fn add_assign(&mut self, more: Self) { $(self.$name += more.$name;)* }
        }
    };
}

counts! {
    /// Requests that were answered with a promise.
    acked,
    /// Promises that were not kept, and are not known to be open either.
    lost,
    /// Done more than once at the far end.
    twice,
    /// Refused for certain, and done all the same.
    phantom,
    /// Answered with an error that leaves open whether it was accepted.
    indeterminate,
    /// Writes of attempts that had lost their lease, and were refused.
    stale_refused,
    /// Writes of attempts that had lost their lease, and were taken.
    stale_accepted,
    /// Statuses that went backwards, events with a gap or a repeat, ends after the end.
    regressions,
    /// Money, in cents, that the ledger of the back office has more or less than the operations.
    money_delta,
    /// What waits for a person, with a reason.
    parked,
    /// Processes that were killed.
    kills,
    /// Power cuts.
    power_cuts,
    /// Attempts that were resumed after another had taken over.
    zombies,
    /// Times that a disk was filled.
    full_disks,
    /// Steps of a clock.
    clock_steps,
    /// Posts that repeated a key.
    duplicate_posts,
    /// Lines that were sent to be paid.
    payments,
    /// Points at which a process was made to crash or a system call to fail.
    crash_points,
    /// Worlds that were simulated.
    worlds,
}

impl Counts {
    /// The fields that must be zero, by name.
    pub(crate) const fn broken(&self) -> [(&'static str, u64); 6] {
        [
            ("lost", self.lost),
            ("twice", self.twice),
            ("phantom", self.phantom),
            ("stale_accepted", self.stale_accepted),
            ("regressions", self.regressions),
            ("money_delta", self.money_delta),
        ]
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "acked={} lost={} twice={} phantom={} indeterminate={} stale_refused={} \
             stale_accepted={} regressions={} money_delta={} parked={}",
            self.acked,
            self.lost,
            self.twice,
            self.phantom,
            self.indeterminate,
            self.stale_refused,
            self.stale_accepted,
            self.regressions,
            self.money_delta,
            self.parked,
        )
    }
}

/// What came of an attack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// What was counted.
    pub(crate) counts: Counts,
    /// What is behind the fields that should be zero, and other promises that were broken.
    pub(crate) findings: Vec<String>,
    /// Whether it was simulated, over the memory store: the ledger must not take it for real.
    pub(crate) simulated: bool,
    /// What was to be survived and did not happen: then the attack proves nothing.
    pub(crate) missing: Vec<String>,
}

/// So many findings are told; a promise that broke, breaks often.
const TOLD: usize = 20;
/// So many letters of each.
const LONGEST: usize = 500;

impl Report {
    /// Notes a broken promise. Whoever counts it in a field says here what it was.
    pub(crate) fn finding(&mut self, finding: impl Into<String>) {
        if self.findings.len() < TOLD {
            let mut finding = finding.into();
            if let Some((end, _)) = finding.char_indices().nth(LONGEST) {
                finding.truncate(end);
            }
            self.findings.push(finding);
        }
    }

    /// Insists that something happened at least so often.
    pub(crate) fn must_happen(&mut self, what: &str, happened: u64, least: u64) {
        if happened < least {
            self.missing.push(format!("{what}: {happened}, at least {least} were needed"));
        }
    }

    /// Whether a promise was broken.
    pub(crate) fn is_broken(&self) -> bool {
        !self.findings.is_empty() || self.counts.broken().iter().any(|(_, count)| *count > 0)
    }

    /// Whether all promises were kept, and it means something.
    pub(crate) fn is_green(&self) -> bool {
        !self.is_broken() && self.missing.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_broken_promise_turns_it_red() {
        let break_one: [fn(&mut Counts); 6] = [
            |counts| counts.lost = 1,
            |counts| counts.twice = 1,
            |counts| counts.phantom = 1,
            |counts| counts.stale_accepted = 1,
            |counts| counts.regressions = 1,
            |counts| counts.money_delta = 1,
        ];
        for break_it in break_one {
            let mut report = Report::default();
            assert!(report.is_green());
            break_it(&mut report.counts);
            assert!(report.is_broken() && !report.is_green(), "{report:?}");
        }
    }

    #[test]
    fn what_did_not_happen_turns_it_red_and_is_no_broken_promise() {
        let mut report = Report::default();
        report.must_happen("kills", 3, 3);
        assert!(report.is_green());
        report.must_happen("stale writes", 0, 1);
        assert!(!report.is_green() && !report.is_broken());
    }
}
