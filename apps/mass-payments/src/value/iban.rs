//! Account numbers as ISO 13616 has them, checked against the IBAN registry.

use iban::{Iban as CheckedIban, IbanLike, ParseBaseIbanError, ParseIbanError};
use schemars::JsonSchema;

use super::as_text;
use crate::code::Code;
use crate::line_error::Defect;

/// An IBAN. Spaces and lower case are accepted, but not kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(extend("examples" = ["DE44500105175407324931"]))]
pub struct Iban(String);

as_text!(Iban);

impl Iban {
    /// Reads an IBAN, also with the spaces of its printed form and in lower case.
    pub fn parse(text: &str) -> Result<Self, Defect> {
        let electronic = text.replace(' ', "").to_ascii_uppercase();
        match electronic.parse::<CheckedIban>() {
            Ok(checked) => Ok(Self(checked.electronic_str().to_owned())),
            Err(error) => Err(defect(&error)),
        }
    }

    /// The electronic form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code of the country that issued the IBAN.
    pub fn country_code(&self) -> &str {
        &self.0[..2]
    }
}

fn defect(error: &ParseIbanError) -> Defect {
    match error {
        ParseIbanError::InvalidBaseIban { source: ParseBaseIbanError::InvalidFormat } => {
            Defect::new(
                Code::IbanFormat,
                "must be two letters, two digits and up to 30 letters and digits",
            )
        }
        ParseIbanError::InvalidBaseIban { source: ParseBaseIbanError::InvalidChecksum } => {
            Defect::new(
                Code::IbanChecksum,
                "the check digits do not fit: a character is wrong, missing or added",
            )
        }
        ParseIbanError::UnknownCountry(iban) => {
            let message = format!("{} is no country with IBANs", iban.country_code());
            Defect::new(Code::IbanCountry, message)
        }
        ParseIbanError::InvalidBban(iban) => {
            let message = format!("has not the length and form of {}", iban.country_code());
            Defect::new(Code::IbanStructure, message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, code: Code) {
        assert_eq!(Iban::parse(text).map_err(|defect| defect.code), Err(code), "{text}");
    }

    #[test]
    fn an_iban_is_kept_in_its_electronic_form() {
        for text in ["DE44500105175407324931", "de44 5001 0517 5407 3249 31"] {
            assert_eq!(Iban::parse(text).unwrap().as_str(), "DE44500105175407324931");
        }
        assert_eq!(Iban::parse("GB82WEST12345698765432").unwrap().country_code(), "GB");
    }

    #[test]
    fn each_defect_has_its_code() {
        refused("", Code::IbanFormat);
        refused("DE44-5001", Code::IbanFormat);
        refused("ÄÖ44500105175407324931", Code::IbanFormat);
        refused("DE45500105175407324931", Code::IbanChecksum);
        refused("DE4450010517540732493", Code::IbanChecksum);
        refused("US64SVBKUS6S3300958879", Code::IbanCountry);
        refused("DE6050010517540732493100", Code::IbanStructure);
    }
}
