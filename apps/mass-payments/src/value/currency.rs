//! Currencies that can be paid in, and how many decimals each has.

use schemars::JsonSchema;

use super::as_text;
use crate::code::Code;
use crate::line_error::{Defect, excerpt};

/// ISO 4217, list one as of January 2026, by decimals ("minor units"). Left
/// out is what nobody's account is kept in: funds codes (such as `USN`), metals,
/// bond units, drawing rights and test codes.
const DECIMALS: [(usize, &[&str]); 3] = [
    (
        2,
        &[
            "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
            "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF",
            "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB",
            "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL",
            "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD",
            "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT",
            "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK",
            "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB",
            "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN",
            "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH",
            "USD", "UYU", "UZS", "VED", "VES", "WST", "XCD", "XCG", "YER", "ZAR", "ZMW", "ZWG",
        ],
    ),
    (
        0,
        &[
            "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
            "VUV", "XAF", "XOF", "XPF",
        ],
    ),
    (3, &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]),
];

/// An ISO 4217 currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^[A-Z]{3}$"))]
pub struct Currency {
    code: &'static str,
    decimals: usize,
}

as_text!(Currency);

impl Currency {
    /// Reads a code such as `EUR`.
    pub fn parse(text: &str) -> Result<Self, Defect> {
        DECIMALS
            .iter()
            .find_map(|(decimals, codes)| {
                let index = codes.binary_search(&text).ok()?;
                Some(Self { code: codes[index], decimals: *decimals })
            })
            .ok_or_else(|| {
                let message = format!("\"{}\" is no ISO 4217 currency code", excerpt(text));
                Defect::new(Code::CurrencyUnknown, message)
            })
    }

    /// The three letters.
    pub fn as_str(self) -> &'static str {
        self.code
    }

    /// How many decimals the currency has.
    pub fn decimals(self) -> usize {
        self.decimals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_with_its_decimals() {
        for (decimals, codes) in DECIMALS {
            for code in codes {
                let currency = Currency::parse(code).unwrap();
                assert_eq!((currency.as_str(), currency.decimals()), (*code, decimals));
            }
        }
    }

    #[test]
    fn what_no_account_is_kept_in_is_no_currency() {
        for text in ["", "EU", "EURO", "eur", "XXX", "XAU", "USN", "DEM", "BGN"] {
            assert_eq!(Currency::parse(text).unwrap_err().code, Code::CurrencyUnknown, "{text}");
        }
    }
}
