//! What a mass payment is and what may be decided about it. Pure: no store, no clock.
//!
//! Nothing ticks here. A mass payment carries the moments that its commits laid down, some of
//! them in the future, and its status is what those moments say when somebody asks. So it moves
//! on by itself, survives any crash in between, and can be shown as it was a moment ago.
//!
//! ```text
//! (received) → processing → processed ─┬─ confirm → creating → created
//!                     └────────────────┴─ cancel  → canceled
//! ```

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::moment::Moment;
use crate::rules::Refusal;

/// A mass payment, without its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MassPayment {
    pub(crate) id: Uuid,
    pub(crate) mp_uuid: Option<Uuid>,
    pub(crate) reference: Option<String>,
    pub(crate) sell_currency: Option<String>,
    pub(crate) lines: u32,
    pub(crate) received_at: Moment,
    pub(crate) processed_at: Moment,
    pub(crate) decision: Option<Decision>,
}

/// The one thing that is ever decided about a mass payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Confirmed { at: Moment, created_at: Moment },
    Canceled { at: Moment },
}

/// Where a mass payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Processing,
    Processed,
    Creating,
    Created,
    Canceled,
}

/// Where one line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LineStatus {
    Received,
    Accepted,
    Rejected,
    Created,
    Canceled,
}

/// Why a decision could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) status: Status,
}

/// Whether work is done within the request or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// An answer carries the result.
    Sync,
    /// An answer says that work has begun; it takes this long.
    Async(Duration),
}

impl Mode {
    pub(crate) const fn pace(self) -> Duration {
        match self {
            Self::Sync => Duration::ZERO,
            Self::Async(pace) => pace,
        }
    }
}

impl MassPayment {
    pub(crate) fn exists(&self, at: Moment) -> bool {
        self.received_at <= at
    }

    pub(crate) fn status(&self, at: Moment) -> Status {
        match self.decision {
            Some(Decision::Canceled { at: canceled_at }) if canceled_at <= at => Status::Canceled,
            Some(Decision::Confirmed { created_at, .. }) if created_at <= at => Status::Created,
            Some(Decision::Confirmed { at: confirmed_at, .. }) if confirmed_at <= at => {
                Status::Creating
            }
            _ if self.processed_at <= at => Status::Processed,
            _ => Status::Processing,
        }
    }

    /// How many lines have their verdict.
    pub(crate) fn processed_lines(&self, at: Moment) -> u32 {
        let span = self.processed_at.millis() - self.received_at.millis();
        let gone = at.millis() - self.received_at.millis();
        if gone >= span {
            return self.lines;
        }
        let share = i64::from(self.lines) * gone.max(0) / span;
        u32::try_from(share).unwrap_or(self.lines)
    }

    pub(crate) fn confirm(&self, at: Moment, pace: Duration) -> Result<Decision, Conflict> {
        match (self.decision, self.status(at)) {
            (None, Status::Processed) => Ok(Decision::Confirmed { at, created_at: at.after(pace) }),
            (_, status) => Err(Conflict { status }),
        }
    }

    pub(crate) fn cancel(&self, at: Moment) -> Result<Decision, Conflict> {
        match self.decision {
            None => Ok(Decision::Canceled { at }),
            Some(_) => Err(Conflict { status: self.status(at) }),
        }
    }

    pub(crate) fn line_status(
        &self,
        at: Moment,
        position: u32,
        refusal: Option<Refusal>,
        paid: bool,
    ) -> LineStatus {
        let canceled = self.status(at) == Status::Canceled;
        match refusal {
            _ if position >= self.processed_lines(at) => LineStatus::Received,
            Some(_) => LineStatus::Rejected,
            None if paid => LineStatus::Created,
            None if canceled => LineStatus::Canceled,
            None => LineStatus::Accepted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Duration = Duration::from_millis(100);

    fn at(millis: i64) -> Moment {
        Moment::from_millis(millis)
    }

    /// Received at 1000, processed at 1100.
    fn mass_payment(decision: Option<Decision>) -> MassPayment {
        MassPayment {
            id: Uuid::nil(),
            mp_uuid: None,
            reference: None,
            sell_currency: None,
            lines: 10,
            received_at: at(1000),
            processed_at: at(1100),
            decision,
        }
    }

    #[test]
    fn status_follows_the_moments() {
        let decision = mass_payment(None).confirm(at(1200), PACE).unwrap();
        let confirmed = mass_payment(Some(decision));
        let statuses =
            [1000, 1099, 1100, 1199, 1200, 1299, 1300].map(|ms| confirmed.status(at(ms)));
        assert_eq!(
            statuses,
            [
                Status::Processing,
                Status::Processing,
                Status::Processed,
                Status::Processed,
                Status::Creating,
                Status::Creating,
                Status::Created,
            ]
        );
        assert!(!confirmed.exists(at(999)));
    }

    #[test]
    fn lines_are_processed_evenly_over_time() {
        let progress = [999, 1000, 1050, 1099, 1100, 9999]
            .map(|millis| mass_payment(None).processed_lines(at(millis)));
        assert_eq!(progress, [0, 0, 5, 9, 10, 10]);
    }

    #[test]
    fn only_a_processed_undecided_mass_payment_can_be_confirmed() {
        let early = mass_payment(None).confirm(at(1050), PACE);
        assert_eq!(early, Err(Conflict { status: Status::Processing }));

        let confirmed = mass_payment(None).confirm(at(1200), PACE).ok();
        let creating = mass_payment(confirmed).confirm(at(1250), PACE);
        assert_eq!(creating, Err(Conflict { status: Status::Creating }));

        let canceled = mass_payment(None).cancel(at(1200)).ok();
        let late = mass_payment(canceled).confirm(at(1300), PACE);
        assert_eq!(late, Err(Conflict { status: Status::Canceled }));
    }

    #[test]
    fn a_decision_stands_even_if_the_clock_steps_back() {
        let confirmed = mass_payment(mass_payment(None).confirm(at(1200), PACE).ok());
        assert!(confirmed.confirm(at(1150), PACE).is_err());
        assert!(confirmed.cancel(at(1150)).is_err());
    }

    #[test]
    fn cancel_wins_only_before_a_decision() {
        assert!(mass_payment(None).cancel(at(1010)).is_ok());
        let canceled = mass_payment(mass_payment(None).cancel(at(1010)).ok());
        assert_eq!(canceled.cancel(at(1020)), Err(Conflict { status: Status::Canceled }));
    }

    #[test]
    fn a_line_shows_no_verdict_before_its_turn() {
        let status = |millis, position, refusal, paid| {
            mass_payment(None).line_status(at(millis), position, refusal, paid)
        };
        assert_eq!(status(1050, 7, Some(Refusal::UnknownBank), false), LineStatus::Received);
        assert_eq!(status(1050, 2, Some(Refusal::UnknownBank), false), LineStatus::Rejected);
        assert_eq!(status(1050, 2, None, false), LineStatus::Accepted);
        assert_eq!(status(1300, 2, None, true), LineStatus::Created);
    }
}
