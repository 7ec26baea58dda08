//! Which attack is meant for which canary.

use deferral::core::canary::Canary;

/// What must notice a mistake, and by what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meant {
    pub(super) attack: &'static str,
    /// Words of the finding that is this mistake: an attack may be red for another reason.
    pub(super) finding: &'static str,
    pub(super) because: &'static str,
}

/// The attack that is meant for a canary.
pub(super) const fn meant(canary: Canary) -> Meant {
    let (attack, finding, because) = match canary {
        Canary::FinishWithoutToken => ("heirs", "Complete: (", "a job that another has ends"),
        Canary::NoteWithoutToken => {
            ("heirs", "Effect: (", "an operation or effect that another has changes")
        }
        Canary::MarkWithoutToken => {
            ("heirs", "running alone: (", "a job that another has is said to run alone")
        }
        Canary::ReleaseWithoutToken => ("heirs", "Retry: (", "a job that another has waits again"),
        Canary::HeartbeatWithoutToken => {
            ("heirs", "a heartbeat was confirmed", "who lost a job is not told, and goes on")
        }
        Canary::RescueById => ("heirs", "from a live worker", "a live worker loses its job"),
        Canary::KeyPerAttempt => {
            ("matrix", AGAIN, "an answer is lost: it is sent again under another key")
        }
        Canary::AnswerBeforeCommit => ("accepts", LOST, "the API dies: a promise is not there"),
        Canary::UnflushedCommit => ("power_cuts", LOST, "the power goes: a promise is not there"),
        Canary::RepeatUnknown => ("matrix", AGAIN, "an answer is lost: it is sent again"),
        Canary::BelieveAbsence => ("matrix", AGAIN, "a request lands late: it is sent again"),
        Canary::KeyEndsWithJob => {
            ("storms", "answers say they are the first", "one key makes two operations")
        }
        Canary::CompleteUnknownKind => {
            ("skew", "Succeeded { result: Null }", "a worker ends what it can't run")
        }
        Canary::DoubleFree => ("limits", "run at once", "more jobs of a queue run than its limit"),
        Canary::DeafFence => {
            ("zombies", "the zombie sent", "who was stopped sends after another took over")
        }
        Canary::TwoStepAccept => {
            ("accepts", "nothing carries it out", "the API dies: nothing carries an operation out")
        }
        Canary::SkipEvent => ("streams", "snapshot after Some", "a number is left out"),
        Canary::RepeatEvent => ("streams", "after Some(", "a number comes twice"),
    };
    Meant { attack, finding, because }
}

const AGAIN: &str = "were taken in once more";
const LOST: &str = "promised, and not there";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack;

    #[test]
    fn what_is_meant_is_an_attack() {
        for canary in Canary::ALL {
            let name = meant(canary).attack;
            let found = attack::ALL.iter().any(|attack| attack.name == name);
            assert!(found, "{canary:?}: there is no attack {name}");
        }
    }
}
