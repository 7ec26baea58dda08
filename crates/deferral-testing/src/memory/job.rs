//! How a job changes.

use std::time::Duration;

use deferral_core::transition::{JobSet, NextState};
use deferral_core::{JobState, Payload, StoredJob, Timestamp, counts_from};

/// Whether a job that is set so waits afterwards, and so needs a place in the order of jobs.
pub(super) const fn waits(state: &NextState) -> bool {
    matches!(state, NextState::Available | NextState::Scheduled(_))
}

/// Makes `job` what `set` says. `now` is the commit's time, `time` the job's own place in the
/// order of jobs.
pub(super) fn apply(job: &mut StoredJob, set: JobSet, now: Timestamp, time: Timestamp) {
    job.attempts = set.attempts;
    job.crashes = set.crashes;
    job.crashed_since = set.crashed_since;
    job.suspect = set.suspect;
    job.last_error = set.last_error;
    // Never lowered: the attempt that writes this may not know yet that it is to stop.
    job.cancel_requested |= set.cancel_requested;
    match set.state {
        NextState::Same => {}
        NextState::Alone => {
            if let JobState::Running { alone, .. } = &mut job.state {
                *alone = true;
            }
        }
        NextState::Available => job.state = JobState::Available { since: time },
        NextState::Scheduled(delay) => {
            job.state = waiting(delay, now, time);
        }
        NextState::Completed => job.state = JobState::Completed { at: now },
        NextState::Failed => job.state = JobState::Failed { at: now },
        NextState::Canceled => job.state = JobState::Canceled { at: now },
        NextState::Parked(reason) => job.state = JobState::Parked { at: now, reason },
    }
    if job.state.is_finished() {
        job.input = Payload::default();
    }
}

/// As [`StoredJob::enqueued`] has it: what is due already need not wait to be promoted.
fn waiting(delay: Duration, now: Timestamp, place: Timestamp) -> JobState {
    let begin = counts_from(now, place);
    let at = begin.after(delay);
    if at <= begin { JobState::Available { since: place } } else { JobState::Scheduled { at } }
}
