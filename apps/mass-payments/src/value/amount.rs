//! An exact amount of money, kept as it was written. Never a float: what the
//! back office pays is, digit for digit, what the caller sent.

use schemars::JsonSchema;

use super::{Currency, as_text};
use crate::code::Code;
use crate::line_error::Defect;

/// The most digits before the point. With the decimals these are the 18 digits
/// that the messages between banks (ISO 20022) have room for.
const MAX_WHOLE_DIGITS: usize = 15;

/// The most decimals that any currency has.
const MAX_DECIMALS: usize = 3;

/// A positive decimal such as `1000.50`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(extend("pattern" = r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,3})?$"))]
pub struct Amount(String);

as_text!(Amount);

impl Amount {
    /// Reads an amount. Whether it suits its currency, [`Self::fits`] says.
    pub fn parse(text: &str) -> Result<Self, Defect> {
        let (whole, decimals) = split(text.strip_prefix('-').unwrap_or(text))?;
        if text.starts_with('-') || !has_value(whole) && !has_value(decimals) {
            return Err(Defect::new(Code::AmountNotPositive, "must be greater than zero"));
        }
        if whole.len() > MAX_WHOLE_DIGITS {
            let message = format!("has more than {MAX_WHOLE_DIGITS} digits before the point");
            return Err(Defect::new(Code::AmountTooLarge, message));
        }
        if decimals.len() > MAX_DECIMALS {
            return Err(Defect::new(Code::AmountDecimals, "has more decimals than any currency"));
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether the currency has as many decimals as the amount.
    pub fn fits(&self, currency: Currency) -> Result<(), Defect> {
        let decimals = self.0.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        if decimals <= currency.decimals() {
            return Ok(());
        }
        let message = match currency.decimals() {
            0 => format!("{currency} has no decimals, the amount has {decimals}"),
            most => format!("{currency} has {most} decimals, the amount has {decimals}"),
        };
        Err(Defect::new(Code::AmountDecimals, message))
    }

    /// The amount as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one way to write this value: `10.50`, `10.5` and `10.500` are equal.
    pub fn normalized(&self) -> &str {
        if self.0.contains('.') {
            self.0.trim_end_matches('0').trim_end_matches('.')
        } else {
            &self.0
        }
    }
}

/// The digits before and after the point.
fn split(text: &str) -> Result<(&str, &str), Defect> {
    let (whole, decimals) = match text.split_once('.') {
        Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
        Some(_) => return Err(malformed()),
        None => (text, ""),
    };
    let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || has_leading_zero || !is_digits(whole) || !is_digits(decimals) {
        return Err(malformed());
    }
    Ok((whole, decimals))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_value(digits: &str) -> bool {
    digits.bytes().any(|digit| digit != b'0')
}

fn malformed() -> Defect {
    Defect::new(
        Code::AmountFormat,
        "must be digits, optionally a point and decimals, like \"1000.50\"",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, code: Code) {
        assert_eq!(Amount::parse(text).map_err(|defect| defect.code), Err(code), "{text}");
    }

    #[test]
    fn amounts_are_kept_as_written() {
        for text in ["1", "1000.50", "0.01", "0.5", "10.00", "999999999999999.999"] {
            assert_eq!(Amount::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn only_plain_decimals_are_amounts() {
        for text in ["", ".", "1.", ".5", "1e3", "1,000.50", "+1", "01", "1.2.3", "١", " 1", "--1"]
        {
            refused(text, Code::AmountFormat);
        }
    }

    #[test]
    fn amounts_are_positive() {
        for text in ["0", "0.00", "-1", "-0.01", "-0"] {
            refused(text, Code::AmountNotPositive);
        }
    }

    #[test]
    fn digits_are_bounded() {
        refused("1000000000000000", Code::AmountTooLarge);
        refused("1.0000", Code::AmountDecimals);
    }

    #[test]
    fn a_currency_limits_the_decimals() {
        let fits = |amount: &str, currency: &str| {
            Amount::parse(amount).unwrap().fits(Currency::parse(currency).unwrap()).is_ok()
        };
        assert!(fits("10", "JPY") && !fits("10.5", "JPY") && !fits("10.0", "JPY"));
        assert!(fits("10.50", "EUR") && !fits("10.505", "EUR"));
        assert!(fits("10.505", "BHD") && fits("10.5", "BHD"));
    }

    #[test]
    fn equal_values_are_normalized_alike() {
        for text in ["10.5", "10.50", "10.500"] {
            assert_eq!(Amount::parse(text).unwrap().normalized(), "10.5");
        }
        for text in ["100", "100.0", "100.00"] {
            assert_eq!(Amount::parse(text).unwrap().normalized(), "100");
        }
    }
}
