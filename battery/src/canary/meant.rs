//! Which attack is meant for which canary.

use deferral::core::canary::Canary;

/// What must notice a mistake, and by what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meant {
    pub(super) attack: &'static str,
    pub(super) because: &'static str,
}

/// The attack that is meant for a canary.
pub(super) const fn meant(canary: Canary) -> Meant {
    let (attack, because) = match canary {
        Canary::FinishWithoutToken => ("heirs", "a job that another has ends"),
        Canary::NoteWithoutToken => ("heirs", "an operation or effect that another has changes"),
        Canary::MarkWithoutToken => ("heirs", "a job that another has is said to run alone"),
        Canary::ReleaseWithoutToken => ("heirs", "a job that another has waits again"),
        Canary::HeartbeatWithoutToken => ("heirs", "who lost a job is not told, and goes on"),
        Canary::RescueById => ("heirs", "a live worker loses its job"),
        Canary::KeyPerAttempt => {
            ("matrix", "an answer is lost: it is paid again under another key")
        }
        Canary::AnswerBeforeCommit => ("accepts", "the API dies: a promise is not there"),
        Canary::UnflushedCommit => ("power_cuts", "the power goes: a promise is not there"),
        Canary::RepeatUnknown => ("matrix", "an answer is lost: it is paid again"),
        Canary::BelieveAbsence => ("matrix", "a request lands late: it is paid again"),
        Canary::KeyEndsWithJob => ("storms", "one key makes two operations"),
        Canary::CompleteUnknownKind => ("skew", "a worker ends what it can't run"),
        Canary::DoubleFree => ("limits", "more jobs of a queue run than its limit"),
        Canary::DeafFence => ("zombies", "who was stopped sends after another took over"),
        Canary::TwoStepAccept => ("accepts", "the API dies: nothing carries an operation out"),
        Canary::SkipEvent => ("streams", "a number is left out"),
        Canary::RepeatEvent => ("streams", "a number comes twice"),
    };
    Meant { attack, because }
}

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
