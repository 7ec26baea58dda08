//! What follows from the back office's verdicts on the lines. Pure.

use deferral::prelude::Rejection;

use crate::counts::Counts;
use crate::{Batch, OnErrors};

/// What follows from the verdicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Have the accepted payments created.
    GoOn,
    /// Wait until somebody decides.
    Hold,
    /// Withdraw the batch.
    Stop(Rejection),
}

/// Decides as the caller has said in advance, if they have.
pub(super) fn decide(batch: &Batch, counts: Counts) -> Decision {
    let Counts { received, accepted, rejected, .. } = counts;
    if accepted == 0 {
        let message = format!("The back office rejected all {received} payments.");
        return Decision::Stop(Rejection::new("AllPaymentsRejected", message));
    }
    match (rejected, batch.on_errors, batch.accept_immediately) {
        (1.., OnErrors::RejectAll, _) => {
            let message = format!(
                "The back office rejected {rejected} of {received} payments, and on_errors is \
                 reject_all: none was created."
            );
            Decision::Stop(Rejection::new("PaymentsRejected", message))
        }
        (1.., OnErrors::Hold, _) | (_, _, false) => Decision::Hold,
        (0, OnErrors::Hold | OnErrors::RejectAll, true) | (_, OnErrors::ProceedWithValid, true) => {
            Decision::GoOn
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `go on`, `hold`, or the code of the refusal.
    fn check(on_errors: OnErrors, accept_immediately: bool, rejected: u64) -> String {
        let batch = Batch {
            reference: None,
            accept_immediately,
            on_errors,
            confirm_by: None,
            sell_currency: None,
            trade_id: None,
            payments: Vec::new(),
            allow_duplicate: false,
        };
        let counts = Counts { received: 10, accepted: 10 - rejected, rejected, created: 0 };
        match decide(&batch, counts) {
            Decision::GoOn => "go on".into(),
            Decision::Hold => "hold".into(),
            Decision::Stop(rejection) => rejection.code,
        }
    }

    #[test]
    fn a_batch_without_errors_waits_unless_it_shall_not() {
        for on_errors in [OnErrors::Hold, OnErrors::ProceedWithValid, OnErrors::RejectAll] {
            assert_eq!(check(on_errors, false, 0), "hold");
            assert_eq!(check(on_errors, true, 0), "go on");
        }
    }

    #[test]
    fn errors_are_treated_as_the_caller_says() {
        assert_eq!(check(OnErrors::Hold, false, 3), "hold");
        assert_eq!(check(OnErrors::Hold, true, 3), "hold");
        assert_eq!(check(OnErrors::ProceedWithValid, false, 3), "hold");
        assert_eq!(check(OnErrors::ProceedWithValid, true, 3), "go on");
        assert_eq!(check(OnErrors::RejectAll, false, 3), "PaymentsRejected");
        assert_eq!(check(OnErrors::RejectAll, true, 3), "PaymentsRejected");
    }

    #[test]
    fn nothing_is_left_of_a_batch_whose_payments_are_all_rejected() {
        for on_errors in [OnErrors::Hold, OnErrors::ProceedWithValid, OnErrors::RejectAll] {
            assert_eq!(check(on_errors, true, 10), "AllPaymentsRejected");
            assert_eq!(check(on_errors, false, 10), "AllPaymentsRejected");
        }
    }
}
