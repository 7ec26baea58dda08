//! The words of a mass payment: what a caller sends, and what the jobs and the
//! back office get, under the same names.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{Amount, Bic, Country, Currency, Iban};

/// The most payments that one batch may have.
pub const MAX_PAYMENTS: usize = 5_000;

/// The fields of a mass payment. That they keep the rules, also together, only
/// [`crate::MassPayment`] promises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MassPayment", description = "Many payments in one request.")]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The caller's own name for the batch, 1 to 64 characters.
    #[schemars(length(min = 1, max = 64))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Confirm as soon as the back office has processed the batch, and do not
    /// wait for the caller. What happens with errors, `on_errors` says.
    #[serde(default)]
    pub accept_immediately: bool,
    /// What to do when the back office refuses some of the payments.
    #[serde(default)]
    pub on_errors: OnErrors,
    /// Without a confirmation until this time, the batch is canceled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_by: Option<Timestamp>,
    /// The currency that pays for the batch. Either this or `trade_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sell_currency: Option<Currency>,
    /// An agreed trade that pays for the batch. Either this or `sell_currency`.
    #[schemars(regex(pattern = "^[!-~]{1,64}$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_id: Option<String>,
    /// The payments, each with its own `line_id`.
    #[schemars(length(min = 1, max = 5_000))]
    pub payments: Vec<Payment>,
    /// Accept the batch even if the same payments were sent a short while ago.
    #[serde(default)]
    pub allow_duplicate: bool,
}

/// What to do when the back office refuses some payments of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnErrors {
    /// Wait for somebody to decide.
    #[default]
    Hold,
    /// Go on with the payments that were accepted.
    ProceedWithValid,
    /// Create none of them.
    RejectAll,
}

/// One payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// The caller's name for the line, unique in the batch.
    #[schemars(regex(pattern = "^[!-~]{1,64}$"))]
    pub line_id: String,
    /// How much to pay, as a decimal string.
    pub amount: Amount,
    /// The currency of the amount.
    pub currency: Currency,
    /// The day on which the money shall be there.
    pub value_date: Date,
    /// Who is paid.
    pub beneficiary: Beneficiary,
    /// What the beneficiary reads on the statement.
    #[schemars(length(min = 1, max = 140))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What the payment is for.
    #[schemars(length(min = 1, max = 140))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Who is paid, and to which account: an IBAN, or an account number with the
/// country.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Beneficiary {
    /// The name of the person or company.
    #[schemars(length(min = 1, max = 140))]
    pub name: String,
    /// The account, where it has an IBAN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iban: Option<Iban>,
    /// The account, where it has no IBAN.
    #[schemars(regex(pattern = "^[0-9A-Za-z-]{1,34}$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_number: Option<String>,
    /// The bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bic: Option<Bic>,
    /// The beneficiary's country. Required beside an `account_number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
}
