use super::{NOW, SECOND, operation, running};
use crate::commit::{Commit, Guard};
use crate::transition::{CrashBudget, JobSet, NextState, after_crash};
use crate::{ExpiredLease, Status, Timestamp, Token};

fn crash(alone: bool, crashes: u32, since: Option<Timestamp>) -> (JobSet, Commit) {
    let mut job = running(alone);
    job.crashes = crashes;
    job.crashed_since = since;
    let expired =
        ExpiredLease { token: job.token, job, operation: Some(operation(Status::Running)) };
    let commit: Commit = after_crash(&expired, CrashBudget::default(), NOW.after(SECOND)).into();
    (commit.job.clone().unwrap().set.unwrap(), commit)
}

#[test]
fn a_job_in_flight_becomes_a_suspect_without_blame() {
    let (set, commit) = crash(false, 2, Some(NOW));
    assert_eq!((set.state, set.suspect, set.crashes), (NextState::Available, true, 2));
    assert_eq!(commit.job.unwrap().guard, Guard::Abandoned(Token(1)));
    assert!(commit.operation.is_none());
}

#[test]
fn a_crash_while_running_alone_counts() {
    let (set, _) = crash(true, 0, None);
    assert_eq!(
        (set.state, set.crashes, set.crashed_since),
        (NextState::Available, 1, Some(NOW.after(SECOND)))
    );
    assert_eq!(set.attempts, 0, "a crash is no failed attempt");
}

#[test]
fn the_third_crash_within_the_window_parks_and_tells() {
    let (set, commit) = crash(true, 2, Some(NOW));
    assert!(matches!(set.state, NextState::Parked(_)));
    assert!(commit.operation.is_some());
}

#[test]
fn crashes_before_the_window_are_forgotten() {
    let long_ago = Timestamp::from_micros(NOW.as_micros() - 73 * 3_600_000_000);
    let (set, _) = crash(true, 2, Some(long_ago));
    assert_eq!((set.state, set.crashes), (NextState::Available, 1));
}
