//! The events of an operation, as a reader who has read all of them would judge.

use deferral::core::{Change, Event, Operation};

/// What is wrong with them: gaps, repeats, anything after the end, what went backwards. `events`
/// are those that the store kept.
pub(crate) fn check_events(operation: &Operation, events: &[Event]) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some(last) = events.last() else {
        return vec!["it has no events".to_owned()];
    };
    if last.number != operation.version {
        wrong.push(format!("version {}, last event {}", operation.version, last.number));
    }
    for pair in events.windows(2) {
        if pair[1].number != pair[0].number + 1 {
            wrong.push(format!("event {} follows {}", pair[1].number, pair[0].number));
        }
    }
    let mut ends = events.iter().filter(|event| is_end(event));
    match (operation.status.is_terminal(), ends.next(), ends.next()) {
        (true, Some(end), None) if end.number == last.number => {}
        (false, None, _) => {}
        (terminal, end, more) => wrong.push(format!(
            "terminal: {terminal}, ends at {:?} and {:?}, last event {}",
            end.map(|it| it.number),
            more.map(|it| it.number),
            last.number
        )),
    }
    for change in [&Change::Accepted, &Change::Started] {
        let times = events.iter().filter(|event| event.change == *change).count();
        if times > 1 {
            wrong.push(format!("{} {times} times", change_name(change)));
        }
    }
    wrong.extend(backwards(events));
    wrong
}

fn is_end(event: &Event) -> bool {
    matches!(
        event.change,
        Change::Succeeded { .. } | Change::Failed { .. } | Change::Canceled { .. }
    )
}

fn change_name(change: &Change) -> &'static str {
    match change {
        Change::Accepted => "accepted",
        _ => "started",
    }
}

/// Progress never shrinks: what an older attempt writes after its heir would show here.
fn backwards(events: &[Event]) -> Option<String> {
    let progress = events.iter().filter_map(|event| match &event.change {
        Change::Progressed(progress) => Some((event.number, progress.completed, progress.total)),
        _ => None,
    });
    let all: Vec<_> = progress.collect();
    let shrunk = all.windows(2).find(|pair| pair[0].2 == pair[1].2 && pair[1].1 < pair[0].1)?;
    Some(format!("event {}: progress went from {} to {}", shrunk[1].0, shrunk[0].1, shrunk[1].1))
}
