//! Codes of banks (ISO 9362).

use schemars::JsonSchema;

use super::{Country, Iban, as_text};
use crate::code::Code;
use crate::line_error::Defect;

/// Countries whose accounts have the IBANs of another (SWIFT's IBAN registry,
/// "country code includes other countries/territories").
const IBANS_OF_ANOTHER: [(&str, &[&str]); 3] = [
    ("FI", &["AX"]),
    ("FR", &["BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"]),
    ("GB", &["GG", "IM", "JE"]),
];

/// A bank's code, of 8 characters, or 11 with the branch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(extend("pattern" = "^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$"))]
pub struct Bic(String);

as_text!(Bic);

impl Bic {
    /// Reads a code such as `DEUTDEFF` or `DEUTDEFF500`.
    pub fn parse(text: &str) -> Result<Self, Defect> {
        let has_form = matches!(text.len(), 8 | 11)
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if has_form && Country::parse(&text[4..6]).is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err(Defect::new(
                Code::BicFormat,
                "must be 8 or 11 upper-case letters and digits, the 5th and 6th a country",
            ))
        }
    }

    /// Whether a bank of this country can hold the account of the IBAN.
    pub fn fits(&self, iban: &Iban) -> Result<(), Defect> {
        let (bank, account) = (self.country_code(), iban.country_code());
        let holds_ibans_of_another = IBANS_OF_ANOTHER
            .iter()
            .any(|(country, territories)| *country == account && territories.contains(&bank));
        if bank == account || holds_ibans_of_another {
            return Ok(());
        }
        let message = format!("is a bank's in {bank}, but the IBAN is from {account}");
        Err(Defect::new(Code::BicCountry, message))
    }

    /// The 8 or 11 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code of the bank's country.
    pub fn country_code(&self) -> &str {
        &self.0[4..6]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bic_has_8_or_11_characters_and_a_country() {
        for text in ["DEUTDEFF", "DEUTDEFF500", "N26ADEBB"] {
            assert_eq!(Bic::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "DEUTDEF", "DEUTDEFF50", "deutdeff", "DEUTZZFF", "DEUT12FF", "DÉUTDEF"] {
            assert_eq!(Bic::parse(text).unwrap_err().code, Code::BicFormat, "{text}");
        }
    }

    #[test]
    fn bank_and_account_are_in_one_country() {
        let fits = |bic: &str, iban: &str| {
            Bic::parse(bic).unwrap().fits(&Iban::parse(iban).unwrap()).map_err(|defect| defect.code)
        };
        assert_eq!(fits("DEUTDEFF", "DE44500105175407324931"), Ok(()));
        assert_eq!(fits("WESTJESH", "GB82WEST12345698765432"), Ok(()));
        assert_eq!(fits("DEUTDEFF", "GB82WEST12345698765432"), Err(Code::BicCountry));
    }
}
