//! What goes wrong in a world, and how often. Each world has its own: in some only processes die,
//! in others everything fails, since many faults at once hide each other.

use std::time::Duration;

use super::dice::Dice;

/// How one call to the store goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is done and answered.
    Answered,
    /// Nothing is done, and the caller is told so.
    Refused,
    /// It is done, and the caller can't know.
    AnswerLost,
    /// The caller dies before it is done.
    DiesBefore,
    /// The caller dies after it is done.
    DiesAfter,
}

/// One call on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passage {
    pub(crate) fate: Fate,
    /// Until it arrives.
    pub(crate) there: Duration,
    /// Until its answer arrives.
    pub(crate) back: Duration,
    /// It arrives even if its caller is not there any more.
    pub(crate) on_its_own: bool,
}

/// Chances, each in a thousand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    refused: u64,
    answer_lost: u64,
    dies: u64,
    slow: u64,
    on_its_own: u64,
    /// Of a call to the bank, to go wrong in some way.
    pub(crate) bank: u64,
    /// So many times something happens to a whole process or a clock.
    pub(crate) blows: u64,
    /// Whether clocks are stepped.
    pub(crate) steps: bool,
}

impl Weather {
    pub(crate) fn draw(dice: &Dice) -> Self {
        let some =
            |chance: u64, most: u64| if dice.chance(chance) { dice.between(1, most) } else { 0 };
        Self {
            refused: some(400, 60),
            answer_lost: some(500, 60),
            dies: some(500, 12),
            slow: some(400, 60),
            on_its_own: some(500, 500),
            bank: some(850, 700),
            blows: some(850, 7),
            steps: dice.chance(500),
        }
    }

    /// How the next call goes.
    pub(crate) fn passage(&self, dice: &Dice) -> Passage {
        let fate = if dice.chance(self.refused) {
            Fate::Refused
        } else if dice.chance(self.answer_lost) {
            Fate::AnswerLost
        } else if dice.chance(self.dies) {
            if dice.chance(500) { Fate::DiesBefore } else { Fate::DiesAfter }
        } else {
            Fate::Answered
        };
        let slow = dice.chance(self.slow);
        let most = if slow { 4_000 } else { 4 };
        Passage {
            fate,
            there: dice.millis(0, most),
            back: if slow { dice.millis(0, most) } else { Duration::ZERO },
            on_its_own: dice.chance(self.on_its_own),
        }
    }

    /// How a call goes once nothing goes wrong any more.
    pub(crate) fn calm(dice: &Dice) -> Passage {
        let there = dice.millis(0, 2);
        Passage { fate: Fate::Answered, there, back: Duration::ZERO, on_its_own: false }
    }

    /// How a call goes while the store is away.
    pub(crate) fn away(dice: &Dice) -> Passage {
        Passage { fate: Fate::Refused, ..Self::calm(dice) }
    }
}
