//! Whether a caller is answered at once or waits for the result: the operation's own rule, and
//! what the caller prefers.

use std::time::Duration;

use crate::prefer::{Applied, Prefer};
use crate::settings::Settings;

/// When an operation answers with its result instead of a 202.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// When the caller asks to wait.
    #[default]
    AsyncDefault,
    /// Unless the caller asks for an answer at once: then, and past the budget, with a 202.
    SyncDefault {
        /// How long who says nothing waits.
        budget: Duration,
    },
    /// Never: who asks to wait waits, and gets a 202 all the same.
    AlwaysAsync,
    /// Always, whatever the caller asks; with a 202 only if it takes longer than any connection
    /// can be kept waiting.
    NeverAsync,
}

/// What is done for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    mode: Mode,
    prefer: Prefer,
    asked: Option<Duration>,
    /// How long to wait for the end, if at all.
    pub(crate) wait: Option<Duration>,
}

impl Plan {
    pub(crate) fn new(mode: Mode, prefer: Prefer, settings: &Settings) -> Self {
        let asked = prefer.wait_at_most(settings.wait_cap);
        let wait = match mode {
            Mode::NeverAsync => Some(settings.sync_cap),
            _ if asked.is_some() => asked,
            Mode::SyncDefault { budget } if !prefer.respond_async => Some(budget),
            Mode::AsyncDefault | Mode::SyncDefault { .. } | Mode::AlwaysAsync => None,
        };
        Self { mode, prefer, asked, wait }
    }

    /// The same, for one whose wait there was no room for: what is said to apply leaves it out.
    pub(crate) fn honoring_wait(self, honored: bool) -> Self {
        Self { asked: self.asked.filter(|_| honored), ..self }
    }

    /// Whether the result may be the answer.
    pub(crate) fn shows_result(&self) -> bool {
        self.mode != Mode::AlwaysAsync
    }

    /// Whether a retry may be answered with the operation though its original is being answered.
    pub(crate) const fn joins(&self) -> bool {
        self.prefer.respond_async
    }

    /// Whether a result is to be left out.
    pub(crate) const fn is_minimal(&self) -> bool {
        self.prefer.minimal
    }

    /// What a 202 rests on.
    pub(crate) fn applied_to_pending(&self) -> Applied {
        let mut applied = Applied::default();
        if self.prefer.respond_async && self.mode != Mode::NeverAsync {
            applied.add("respond-async");
        }
        self.add_wait(&mut applied);
        applied
    }

    /// What a result rests on.
    pub(crate) fn applied_to_result(&self, minimal: bool) -> Applied {
        let mut applied = Applied::default();
        self.add_wait(&mut applied);
        if minimal {
            applied.add("return=minimal");
        }
        applied
    }

    fn add_wait(&self, applied: &mut Applied) {
        if let Some(asked) = self.asked.filter(|_| self.mode != Mode::NeverAsync) {
            applied.add_wait(asked);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Duration = Duration::from_secs(10);
    const SYNC: Mode = Mode::SyncDefault { budget: BUDGET };

    fn plan(mode: Mode, respond_async: bool, wait: Option<u64>) -> Plan {
        let prefer = Prefer { respond_async, wait: wait.map(Duration::from_secs), minimal: false };
        Plan::new(mode, prefer, &Settings::default())
    }

    fn waits(mode: Mode, respond_async: bool, wait: Option<u64>) -> Option<u64> {
        plan(mode, respond_async, wait).wait.map(|wait| wait.as_secs())
    }

    #[test]
    fn who_says_nothing_gets_the_default() {
        let defaults = [Mode::AsyncDefault, SYNC, Mode::AlwaysAsync, Mode::NeverAsync];
        let waited = defaults.map(|mode| waits(mode, false, None));
        assert_eq!(waited, [None, Some(10), None, Some(50)]);
    }

    #[test]
    fn respond_async_is_answered_at_once() {
        let waited = [Mode::AsyncDefault, SYNC, Mode::AlwaysAsync, Mode::NeverAsync]
            .map(|mode| waits(mode, true, None));
        assert_eq!(waited, [None, None, None, Some(50)]);
    }

    #[test]
    fn a_wait_is_waited_up_to_the_cap() {
        for respond_async in [false, true] {
            let waited = [Mode::AsyncDefault, SYNC, Mode::AlwaysAsync]
                .map(|mode| waits(mode, respond_async, Some(60)));
            assert_eq!(waited, [Some(30); 3]);
        }
    }

    #[test]
    fn the_effective_values_are_told() {
        let told = |applied: Applied| applied.into_value().map(|v| v.to_str().unwrap().to_owned());
        let both = plan(Mode::AsyncDefault, true, Some(60));
        assert_eq!(told(both.applied_to_pending()).as_deref(), Some("respond-async, wait=30"));
        assert_eq!(told(both.applied_to_result(true)).as_deref(), Some("wait=30, return=minimal"));
        let never = plan(Mode::NeverAsync, true, Some(60));
        assert_eq!(told(never.applied_to_pending()), None);
        assert!(!plan(Mode::AlwaysAsync, false, Some(1)).shows_result());
    }
}
