//! Which lines this bank refuses. Every rule looks only at content, and each can be met with
//! data that is well formed (the table in the crate's docs), so that samples can provoke it.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::payment::Payment;

/// Accounts whose IBAN or number ends so are closed.
pub const CLOSED_ACCOUNT_ENDING: &str = "9999";

/// BICs whose bank code (the first four letters) begins so belong to no bank known here.
pub const UNKNOWN_BANK_PREFIX: &str = "ZZ";

/// The highest amount of a line, in units of its currency.
pub const LIMIT: i64 = 1_000_000;

/// Beneficiaries that get nothing; case and surrounding blanks do not matter.
pub const WATCH_LIST: [&str; 2] = ["Offshore Holdings 13", "Phantom Freight Ltd"];

/// Currencies that this bank pays in.
pub const SUPPORTED_CURRENCIES: [&str; 28] = [
    "AED", "AUD", "BHD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF",
    "ILS", "INR", "JPY", "KWD", "MXN", "NOK", "NZD", "PLN", "RON", "SEK", "SGD", "THB", "TRY",
    "USD", "ZAR",
];

/// Why a line is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The bank does not pay in this currency.
    CurrencyNotSupported,
    /// The amount is above [`LIMIT`].
    OverLimit,
    /// The BIC belongs to no bank known here.
    UnknownBank,
    /// The account does not exist any more.
    AccountClosed,
    /// The beneficiary stands on [`WATCH_LIST`].
    BeneficiaryBlocked,
}

impl Refusal {
    /// Every refusal, in the order in which the rules are applied.
    pub const ALL: [Self; 5] = [
        Self::CurrencyNotSupported,
        Self::OverLimit,
        Self::UnknownBank,
        Self::AccountClosed,
        Self::BeneficiaryBlocked,
    ];

    /// The word in answers.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CurrencyNotSupported => "currency_not_supported",
            Self::OverLimit => "over_limit",
            Self::UnknownBank => "unknown_bank",
            Self::AccountClosed => "account_closed",
            Self::BeneficiaryBlocked => "beneficiary_blocked",
        }
    }

    /// The sentence in answers.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::CurrencyNotSupported => "this bank does not pay in this currency",
            Self::OverLimit => "the amount is over the limit of 1000000 per line",
            Self::UnknownBank => "no bank is known by this BIC",
            Self::AccountClosed => "the account is closed",
            Self::BeneficiaryBlocked => "the beneficiary is blocked",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.code() == code)
    }

    fn applies(self, payment: &Payment, amount: Decimal) -> bool {
        let beneficiary = &payment.beneficiary;
        match self {
            Self::CurrencyNotSupported => {
                !SUPPORTED_CURRENCIES.contains(&payment.currency.as_str())
            }
            Self::OverLimit => amount > Decimal::from(LIMIT),
            Self::UnknownBank => {
                beneficiary.bic.as_deref().is_some_and(|bic| bic.starts_with(UNKNOWN_BANK_PREFIX))
            }
            Self::AccountClosed => {
                beneficiary.account().is_some_and(|it| it.ends_with(CLOSED_ACCOUNT_ENDING))
            }
            Self::BeneficiaryBlocked => {
                let name = beneficiary.name.trim();
                WATCH_LIST.iter().any(|blocked| blocked.eq_ignore_ascii_case(name))
            }
        }
    }
}

/// The first rule that refuses a line.
pub(crate) fn refusal(payment: &Payment, amount: Decimal) -> Option<Refusal> {
    Refusal::ALL.into_iter().find(|refusal| refusal.applies(payment, amount))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::Beneficiary;

    fn payment() -> Payment {
        Payment {
            line_id: "emp-1".into(),
            amount: "10.00".into(),
            currency: "EUR".into(),
            value_date: "2030-01-31".into(),
            beneficiary: Beneficiary {
                name: "Hafen Spedition GmbH".into(),
                iban: Some("DE89370400440532013000".into()),
                account_number: None,
                bic: Some("COBADEFFXXX".into()),
            },
            reference: None,
        }
    }

    fn check(expected: Option<Refusal>, amount: i64, change: impl FnOnce(&mut Payment)) {
        let mut payment = payment();
        change(&mut payment);
        assert_eq!(refusal(&payment, Decimal::from(amount)), expected, "{payment:?}");
    }

    #[test]
    fn an_ordinary_line_is_accepted() {
        check(None, 10, |_| {});
        check(None, LIMIT, |_| {});
    }

    #[test]
    fn each_rule_refuses_its_lines() {
        check(Some(Refusal::CurrencyNotSupported), 10, |it| it.currency = "MNT".into());
        check(Some(Refusal::OverLimit), LIMIT + 1, |_| {});
        check(Some(Refusal::UnknownBank), 10, |it| it.beneficiary.bic = Some("ZZBKDEFF".into()));
        check(Some(Refusal::AccountClosed), 10, |it| {
            it.beneficiary.iban = None;
            it.beneficiary.account_number = Some("0012 9999".into());
        });
        check(Some(Refusal::BeneficiaryBlocked), 10, |it| {
            it.beneficiary.name = " offshore holdings 13".into();
        });
    }

    #[test]
    fn codes_and_json_agree() {
        for refusal in Refusal::ALL {
            assert_eq!(serde_json::to_value(refusal).unwrap(), refusal.code());
            assert_eq!(Refusal::from_code(refusal.code()), Some(refusal));
        }
    }
}
