//! How the kinds of this application are queued and tried.

use std::time::Duration;

use deferral::prelude::*;

/// A bank that is away for a weekend is no reason to fail: what was not sent waits, and what was
/// sent is asked about.
const ATTEMPTS: u32 = u32::MAX;

const RETRY: RetryPolicy =
    RetryPolicy { base: Duration::from_secs(1), cap: Duration::from_secs(60) };

/// Sending 5,000 lines and reading the refused ones takes a dozen requests.
const ATTEMPT: Duration = Duration::from_secs(600);

/// For work that nobody watches.
pub(super) fn unhurried() -> Policy {
    Policy {
        max_attempts: ATTEMPTS,
        retry: RETRY,
        timeout: ATTEMPT,
        money: true,
        ..Policy::default()
    }
}

/// For work that somebody has just asked for.
pub(super) fn urgent() -> Policy {
    let queue = QueueName::new("high").unwrap_or_default();
    Policy { queue, ..unhurried() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_never_given_up_by_itself() {
        for (policy, queue) in [(unhurried(), "default"), (urgent(), "high")] {
            assert_eq!(policy.queue.as_str(), queue);
            assert!(policy.money);
            assert_eq!((policy.max_attempts, policy.deadline), (u32::MAX, None));
        }
    }
}
