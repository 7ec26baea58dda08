//! What the stand-in for the back office refuses although it is well formed;
//! its rules are in `stand-ins/back-office/src/rules.rs`.

use super::employee::Employee;

#[derive(Clone, Copy)]
pub(super) enum Spoil {
    ClosedAccount,
    UnknownBank,
    OverLimit,
    UnsupportedCurrency,
    BlockedBeneficiary,
}

/// Every 27th line from the 13th on is spoiled: 37 of a thousand.
const FIRST: usize = 13;
const EVERY: usize = 27;

/// As real files have them: mostly closed accounts, a blocked name now and then.
const TURNS: [Spoil; 12] = [
    Spoil::ClosedAccount,
    Spoil::UnknownBank,
    Spoil::OverLimit,
    Spoil::ClosedAccount,
    Spoil::UnsupportedCurrency,
    Spoil::UnknownBank,
    Spoil::ClosedAccount,
    Spoil::OverLimit,
    Spoil::BlockedBeneficiary,
    Spoil::ClosedAccount,
    Spoil::UnknownBank,
    Spoil::UnsupportedCurrency,
];

impl Spoil {
    pub(super) fn of(number: usize) -> Option<Self> {
        let turn = number.checked_sub(FIRST)?;
        turn.is_multiple_of(EVERY).then(|| TURNS[turn / EVERY % TURNS.len()])
    }

    pub(super) fn apply(self, employee: &mut Employee) {
        match self {
            Self::ClosedAccount => {
                employee.account_digits = employee.account_digits / 10_000 * 10_000 + 9_999
            }
            Self::UnknownBank => employee.bank = "ZZBK",
            Self::OverLimit => employee.amount = employee.amount.replacen(['.'], "000.", 1),
            Self::UnsupportedCurrency => employee.currency = "KES",
            Self::BlockedBeneficiary => employee.name = "Offshore Holdings 13".to_owned(),
        }
    }
}
