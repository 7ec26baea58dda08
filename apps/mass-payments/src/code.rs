//! The codes of everything that can be wrong with a well-formed request. They
//! are part of the API: a code never changes its meaning.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// What is wrong with a field, a line or the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub enum Code {
    /// A required field is absent or null.
    FieldMissing,
    /// There is no field of this name here.
    FieldUnknown,
    /// The field stands twice, so that nobody can tell which one was meant.
    FieldRepeated,
    /// The field has another type than it must have.
    FieldType,
    /// A row of a CSV file has more or fewer cells than the header.
    CellCount,

    /// There is no payment in the batch.
    PaymentsEmpty,
    /// There are more payments than a batch may have.
    PaymentsTooMany,
    /// `on_errors` is none of its three words.
    OnErrorsUnknown,
    /// Neither `sell_currency` nor `trade_id` says what pays for the batch.
    FundingMissing,
    /// Both `sell_currency` and `trade_id` are given.
    FundingAmbiguous,
    /// `trade_id` is not 1 to 64 visible ASCII characters.
    TradeIdFormat,
    /// `confirm_by` is not an RFC 3339 time.
    ConfirmByFormat,
    /// `confirm_by` is not in the future.
    ConfirmByPast,

    /// `line_id` is not 1 to 64 visible ASCII characters.
    LineIdFormat,
    /// Another line of the batch has the same `line_id`.
    LineIdRepeated,
    /// The amount is a JSON number, which may have lost digits on its way.
    AmountIsNumber,
    /// The amount is not written as digits, a point and digits.
    AmountFormat,
    /// The amount is zero or negative.
    AmountNotPositive,
    /// The amount has more digits before the point than are accepted.
    AmountTooLarge,
    /// The amount has more decimals than its currency.
    AmountDecimals,
    /// No ISO 4217 code of a currency that can be paid in.
    CurrencyUnknown,
    /// `value_date` is not a real date, written `YYYY-MM-DD`.
    ValueDateFormat,
    /// `value_date` is before today.
    ValueDatePast,
    /// `value_date` is too far ahead.
    ValueDateTooFar,

    /// Neither `iban` nor `account_number` is given.
    AccountMissing,
    /// Both `iban` and `account_number` are given.
    AccountAmbiguous,
    /// `account_number` is not 1 to 34 letters, digits and hyphens.
    AccountNumberFormat,
    /// Not the form of an IBAN at all.
    IbanFormat,
    /// The IBAN's check digits do not fit: a digit is wrong, missing or added.
    IbanChecksum,
    /// The country of the IBAN issues none.
    IbanCountry,
    /// The IBAN has another length or form than its country's.
    IbanStructure,
    /// Not the form of a BIC (ISO 9362).
    BicFormat,
    /// The BIC belongs to another country than the IBAN.
    BicCountry,
    /// No ISO 3166-1 alpha-2 code of a country.
    CountryUnknown,

    /// A text is empty or blank.
    TextEmpty,
    /// A text has too many characters.
    TextTooLong,
    /// A text has control characters, such as line breaks.
    TextControlCharacter,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
