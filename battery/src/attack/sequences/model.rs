//! What the contract says: which statuses follow which, and what each request is told in each.

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    NotStarted,
    Running,
    Awaiting,
    Canceling,
    Canceled,
    Succeeded,
    Failed,
    Deleted,
}

/// What can be asked of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verb {
    Replay,
    OtherBody,
    Look,
    Result,
    Cancel,
    Confirm,
    Reject,
    Delete,
}

/// A status code and the code of a problem, if it is one.
pub(super) type Answered = (u16, &'static str);

/// What was decided about an operation that waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Confirmed,
    Rejected,
}

impl State {
    pub(super) fn of(status: &str) -> Option<Self> {
        Some(match status {
            "NotStarted" => Self::NotStarted,
            "Running" => Self::Running,
            "AwaitingConfirmation" => Self::Awaiting,
            "Canceling" => Self::Canceling,
            "Canceled" => Self::Canceled,
            "Succeeded" => Self::Succeeded,
            "Failed" => Self::Failed,
            _ => return None,
        })
    }

    /// All that it may have become by itself since it was looked at.
    pub(super) const fn reach(self) -> &'static [Self] {
        use State::{
            Awaiting, Canceled, Canceling, Deleted, Failed, NotStarted, Running, Succeeded,
        };
        match self {
            NotStarted => &[NotStarted, Running, Awaiting, Succeeded, Failed],
            Running => &[Running, Awaiting, Succeeded, Failed],
            Awaiting => &[Awaiting],
            Canceling => &[Canceling, Canceled, Succeeded, Failed],
            Canceled => &[Canceled],
            Succeeded => &[Succeeded],
            Failed => &[Failed],
            Deleted => &[Deleted],
        }
    }

    /// What it may be after this was answered so.
    pub(super) fn after(self, verb: Verb, status: u16) -> Vec<Self> {
        let from = match (verb, status) {
            (Verb::Cancel, 202) => vec![Self::Canceling, Self::Canceled],
            (Verb::Confirm, 202) => vec![Self::Running, Self::NotStarted],
            (Verb::Reject, 202) => vec![Self::Canceled],
            (Verb::Delete, 204) => vec![Self::Deleted],
            _ => vec![self],
        };
        from.iter().flat_map(|state| state.reach()).copied().collect()
    }

    const fn is_over(self) -> bool {
        matches!(self, Self::Canceled | Self::Succeeded | Self::Failed)
    }

    /// What the request is told if it finds the operation so.
    fn told(self, verb: Verb, decision: Option<Decision>) -> Vec<Answered> {
        const NOT_PENDING: Answered = (409, "ConfirmationNotPending");
        if self == Self::Deleted {
            let other = verb == Verb::OtherBody;
            return vec![if other {
                (422, "IdempotencyKeyReused")
            } else {
                (410, "OperationExpired")
            }];
        }
        let confirmed = decision == Some(Decision::Confirmed);
        let told = match verb {
            Verb::Replay => (202, ""),
            Verb::OtherBody => (422, "IdempotencyKeyReused"),
            Verb::Look => (200, ""),
            Verb::Result => match self {
                Self::Succeeded => (200, ""),
                Self::Failed => (424, "RehearsalFailed"),
                Self::Canceled => {
                    return vec![(424, "OperationCanceled"), (424, "ConfirmationRejected")];
                }
                _ => (202, ""),
            },
            Verb::Cancel => match self {
                Self::Canceled => (200, ""),
                Self::Succeeded | Self::Failed => (409, "OperationAlreadyFinished"),
                _ => (202, ""),
            },
            Verb::Confirm => match self {
                Self::Awaiting => (202, ""),
                Self::Canceling if confirmed => return vec![(200, ""), NOT_PENDING],
                _ if confirmed => (200, ""),
                _ => NOT_PENDING,
            },
            Verb::Reject => match self {
                Self::Awaiting => (202, ""),
                Self::Canceled if decision == Some(Decision::Rejected) => (200, ""),
                _ => NOT_PENDING,
            },
            Verb::Delete if self.is_over() => (204, ""),
            Verb::Delete => (409, "OperationNotFinished"),
        };
        vec![told]
    }

    /// All that is right to answer. Who rests on a version that was never is told so instead of
    /// changing anything.
    pub(super) fn right(
        self,
        verb: Verb,
        decision: Option<Decision>,
        stale: bool,
    ) -> Vec<Answered> {
        let told = self.reach().iter().flat_map(|state| {
            let changes =
                matches!(verb, Verb::Cancel | Verb::Confirm | Verb::Reject | Verb::Delete);
            let repeats = *state == Self::Canceling && verb == Verb::Cancel;
            state.told(verb, decision).into_iter().map(move |told| match told {
                (202 | 204, _) if stale && changes && !repeats => (412, "EtagMismatch"),
                told => told,
            })
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_stays_over() {
        for state in [State::Canceled, State::Succeeded, State::Failed] {
            assert_eq!(state.reach(), [state]);
            assert_eq!(state.right(Verb::Delete, None, false), [(204, "")]);
            assert_eq!(state.right(Verb::Delete, None, true), [(412, "EtagMismatch")]);
        }
    }

    #[test]
    fn who_waits_for_a_decision_waits_for_it() {
        assert_eq!(State::Awaiting.right(Verb::Confirm, None, false), [(202, "")]);
        assert!(!State::Awaiting.after(Verb::Confirm, 202).contains(&State::Canceled));
        assert_eq!(State::Awaiting.after(Verb::Reject, 202), [State::Canceled]);
    }
}
