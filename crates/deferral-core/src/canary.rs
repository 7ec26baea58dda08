//! Deliberate mistakes, one at a time, to prove that the tests would notice.
//!
//! Where a mistake can be made stands `canary::is(Canary::X)`. Without the feature `canary` that is
//! `false` when compiled, so that nothing of it is left; a release build can't have the feature.

#[cfg(all(feature = "canary", not(debug_assertions)))]
compile_error!("the feature `canary` puts mistakes in: a release build can't have it");

/// A mistake that can be made.
///
/// Statements about an attempt that have none: `claim_jobs`, `delete_job` and `delete_jobs` follow
/// what read or compared their rows in one transaction that holds the write lock, so nothing can
/// come between; that `finish_jobs` compares an id with a number, and `return_job` its token, tests
/// of the store prove, since nobody outside of it can get between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canary {
    /// An attempt whose token is old finishes the job.
    FinishWithoutToken,
    /// An attempt whose token is old writes progress, effects and items.
    NoteWithoutToken,
    /// An attempt whose token is old notes that it runs alone.
    MarkWithoutToken,
    /// An attempt whose token is old has the job wait again: a retry, a snooze, a release.
    ReleaseWithoutToken,
    /// A heartbeat confirms an attempt whose token is old.
    HeartbeatWithoutToken,
    /// A rescue takes the job from whoever has it, long after it was looked for.
    RescueById,
    /// Each attempt gives an effect a key of its own.
    KeyPerAttempt,
    /// The promise is made before it is written.
    AnswerBeforeCommit,
    /// What is called power-safe is not flushed to the disk.
    UnflushedCommit,
    /// An effect whose outcome is unknown is sent again without a question.
    RepeatUnknown,
    /// "Not found" is believed at once.
    BelieveAbsence,
    /// The key of a request is forgotten when its work is done.
    KeyEndsWithJob,
    /// A job of an unknown kind is claimed and completed.
    CompleteUnknownKind,
    /// A slot that a job took is freed twice.
    DoubleFree,
    /// A call goes on although the lease is over.
    DeafFence,
    /// An operation and its job are two commits.
    TwoStepAccept,
    /// The number of an event is left out.
    SkipEvent,
    /// An event is streamed twice.
    RepeatEvent,
}

impl Canary {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::FinishWithoutToken,
        Self::NoteWithoutToken,
        Self::MarkWithoutToken,
        Self::ReleaseWithoutToken,
        Self::HeartbeatWithoutToken,
        Self::RescueById,
        Self::KeyPerAttempt,
        Self::AnswerBeforeCommit,
        Self::UnflushedCommit,
        Self::RepeatUnknown,
        Self::BelieveAbsence,
        Self::KeyEndsWithJob,
        Self::CompleteUnknownKind,
        Self::DoubleFree,
        Self::DeafFence,
        Self::TwoStepAccept,
        Self::SkipEvent,
        Self::RepeatEvent,
    ];

    /// What it is called in the environment and in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FinishWithoutToken => "finish-without-token",
            Self::NoteWithoutToken => "note-without-token",
            Self::MarkWithoutToken => "mark-without-token",
            Self::ReleaseWithoutToken => "release-without-token",
            Self::HeartbeatWithoutToken => "heartbeat-without-token",
            Self::RescueById => "rescue-by-id",
            Self::KeyPerAttempt => "key-per-attempt",
            Self::AnswerBeforeCommit => "answer-before-commit",
            Self::UnflushedCommit => "unflushed-commit",
            Self::RepeatUnknown => "repeat-unknown",
            Self::BelieveAbsence => "believe-absence",
            Self::KeyEndsWithJob => "key-ends-with-job",
            Self::CompleteUnknownKind => "complete-unknown-kind",
            Self::DoubleFree => "double-free",
            Self::DeafFence => "deaf-fence",
            Self::TwoStepAccept => "two-step-accept",
            Self::SkipEvent => "skip-event",
            Self::RepeatEvent => "repeat-event",
        }
    }
}

/// Whether this mistake is to be made.
#[cfg(not(feature = "canary"))]
pub const fn is(_: Canary) -> bool {
    false
}

#[cfg(feature = "canary")]
pub use chosen::{UnknownCanary, choose, is};

#[cfg(feature = "canary")]
mod chosen {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Canary;

    /// The place in [`Canary::ALL`], from 1; 0 for none.
    static CHOSEN: AtomicUsize = AtomicUsize::new(0);

    /// A name that no canary has.
    #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
    #[error("there is no canary {0:?}; there are {known}", known = known())]
    pub struct UnknownCanary(pub String);

    fn known() -> String {
        Canary::ALL.map(Canary::name).join(", ")
    }

    /// Has this process make the mistake of this name from now on.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn choose(name: &str) -> Result<Canary, UnknownCanary> {
        let place = Canary::ALL.iter().position(|canary| canary.name() == name);
        let place = place.ok_or_else(|| UnknownCanary(name.to_owned()))?;
        CHOSEN.store(place + 1, Ordering::SeqCst);
        Ok(Canary::ALL[place])
    }

    /// Whether this mistake is to be made.
    pub fn is(canary: Canary) -> bool {
        match CHOSEN.load(Ordering::SeqCst) {
            0 => false,
            place => Canary::ALL[place - 1] == canary,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn one_is_chosen_by_its_name() {
            assert!(!is(Canary::SkipEvent));
            assert!(choose("skip").is_err_and(|error| error.to_string().contains("skip-event")));
            assert!(!Canary::ALL.into_iter().any(is));
        }

        #[test]
        fn names_are_unique() {
            let mut names = Canary::ALL.map(Canary::name).to_vec();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), Canary::ALL.len());
        }
    }
}
