use serde_json::Value;

use super::{gate, operation};
use crate::transition::{NotAllowed, OperationChange, status_after};
use crate::{
    Attention, Change, Decision, GateState, OperationError, Progress, SNAPSHOT_EVERY, Status, as_of,
};

/// One change of every kind, named.
fn changes() -> Vec<(&'static str, Change)> {
    let error = || OperationError::new("Code", "Message.");
    let decision = |state| Change::Decided(Decision { state, comment: None });
    vec![
        ("accepted", Change::Accepted),
        ("started", Change::Started),
        ("staged", Change::Staged { stage: Some("processing".into()) }),
        ("progressed", Change::Progressed(Progress::default())),
        ("item errors", Change::ItemErrors { count: 1 }),
        ("verifying", Change::Verifying(true)),
        ("attention", Change::Attention(Some(Attention { reason: "r".into(), since: super::NOW }))),
        ("held", Change::Held(Box::new(gate()))),
        ("confirmed", decision(GateState::Confirmed)),
        ("rejected", decision(GateState::Rejected)),
        ("expired", decision(GateState::Expired)),
        ("gate canceled", decision(GateState::Canceled)),
        ("cancel requested", Change::CancelRequested),
        (
            "resolved",
            Change::Resolved { effect: None, what: "w".into(), by: "b".into(), why: "y".into() },
        ),
        ("succeeded", Change::Succeeded { result: Value::Null }),
        ("failed", Change::Failed { error: error() }),
        ("canceled", Change::Canceled { error: error() }),
    ]
}

/// The whole table: a row per change, a column per status in the order of `Status::ALL`.
/// `N`otStarted, a`W`aiting, `R`unning, canceli`G`, `S`ucceeded, `F`ailed, `C`anceled, `-` refused.
const TABLE: [(&str, &str); 17] = [
    ("accepted", "-------"),
    ("started", "R-RG---"),
    ("staged", "N-RG---"),
    ("progressed", "N-RG---"),
    ("item errors", "N-RG---"),
    ("verifying", "N-RG---"),
    ("attention", "N-RG---"),
    ("held", "W-W----"),
    ("confirmed", "-R-----"),
    ("rejected", "-W-----"),
    ("expired", "-W-----"),
    ("gate canceled", "-W-----"),
    ("cancel requested", "G-G----"),
    ("resolved", "N-RG---"),
    ("succeeded", "--SS---"),
    ("failed", "F-FF---"),
    ("canceled", "CC-C---"),
];

fn letter(status: Option<Status>) -> char {
    match status {
        None => '-',
        Some(Status::NotStarted) => 'N',
        Some(Status::AwaitingConfirmation) => 'W',
        Some(Status::Running) => 'R',
        Some(Status::Canceling) => 'G',
        Some(Status::Succeeded) => 'S',
        Some(Status::Failed) => 'F',
        Some(Status::Canceled) => 'C',
    }
}

#[test]
fn every_status_times_every_change_is_as_in_the_table() {
    let changes = changes();
    assert_eq!(changes.len(), TABLE.len());
    for ((name, change), (row, expected)) in changes.iter().zip(TABLE) {
        assert_eq!(*name, row);
        let found: String =
            Status::ALL.iter().map(|status| letter(status_after(*status, change))).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn terminal_is_final() {
    for status in Status::ALL.into_iter().filter(|status| status.is_terminal()) {
        for (name, change) in changes() {
            let mut attempt = OperationChange::of(operation(status));
            let result = attempt.record(change, super::NOW);
            assert_eq!(result, Err(NotAllowed(status)), "{name}");
            assert!(attempt.is_empty());
        }
    }
}

#[test]
fn a_refused_change_leaves_the_operation_as_it_was() {
    for status in Status::ALL {
        for (name, change) in changes() {
            let mut attempt = OperationChange::of(operation(status));
            if attempt.record(change, super::NOW).is_err() {
                assert_eq!(*attempt.operation(), operation(status), "{name}");
            }
        }
    }
}

#[test]
fn the_fold_of_the_kept_events_is_the_operation_at_any_number() {
    let start = operation(Status::NotStarted);
    let mut events = vec![crate::transition::accepted(super::NOW)];
    let mut states = vec![start.as_accepted()];
    let mut change = OperationChange::of(start.as_accepted());
    change.record(Change::Started, super::NOW).unwrap();
    states.push(change.operation().clone());
    for completed in 1..400 {
        let progress = Progress { completed, ..Progress::default() };
        change.record(Change::Progressed(progress), super::NOW).unwrap();
        states.push(change.operation().clone());
    }
    let (last, _, new) = change.into_parts();
    events.extend(new);
    let drop_below = events.iter().filter_map(crate::Event::drops_below).max().unwrap();
    assert_eq!(drop_below % SNAPSHOT_EVERY, 0);
    assert_eq!(as_of(&last, &events, 5), Some(states[4].clone()), "from the first event");
    events.retain(|event| event.number >= drop_below);
    assert!(events.len() >= 256);
    for number in drop_below..=last.version {
        let index = usize::try_from(number).unwrap() - 1;
        assert_eq!(as_of(&last, &events, number), Some(states[index].clone()));
    }
    assert_eq!(as_of(&last, &events, drop_below - 1), None, "dropped");
    assert_eq!(as_of(&last, &events, last.version + 1), None, "not yet written");
}
