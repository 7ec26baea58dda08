//! When it is worth asking again: whole seconds, never 0, which clients take for "not said".

use deferral_core::{Operation, Status, Timestamp};

/// How long people take.
const FOR_A_PERSON: u64 = 30;
const LONGEST: u64 = 60;

/// About 1 s at first, then a tenth of the time that it has taken; none once it is over.
pub(crate) fn seconds(operation: &Operation, now: Timestamp) -> Option<u64> {
    match operation.status {
        status if status.is_terminal() => None,
        Status::AwaitingConfirmation => Some(FOR_A_PERSON),
        _ => Some(now.since(operation.created_at).as_secs().div_ceil(10).clamp(1, LONGEST)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use deferral_core::{Kind, OperationId, Tenant};

    use super::*;

    fn after(seconds_passed: u64, status: Status) -> Option<u64> {
        let start = Timestamp::EPOCH;
        let id = OperationId::new(start, [0; 10]);
        let kind = Kind::new("test").unwrap();
        let mut operation = Operation::accepted(id, Tenant::default(), kind, start);
        operation.status = status;
        seconds(&operation, start.after(Duration::from_secs(seconds_passed)))
    }

    #[test]
    fn grows_with_the_time_taken_up_to_a_minute() {
        let grown = [0, 10, 11, 300, 86_400].map(|passed| after(passed, Status::Running));
        assert_eq!(grown, [1, 1, 2, 30, 60].map(Some));
    }

    #[test]
    fn people_are_given_time_and_the_end_is_the_end() {
        assert_eq!(after(0, Status::AwaitingConfirmation), Some(30));
        assert_eq!(after(0, Status::Succeeded), None);
    }
}
