//! The way from bytes to a draft, whatever they are written in.

use super::{Malformed, MediaType, csv, json};
use crate::draft::Draft;

/// Reads a request. The parameters are those of the query.
///
/// A CSV file (RFC 4180) has a header with `line_id`, `amount`, `currency`,
/// `value_date`, `beneficiary_name`, and any of `beneficiary_iban`,
/// `beneficiary_account_number`, `beneficiary_bic`, `beneficiary_country`,
/// `reference`, `reason`, in any order; the fields of the batch, which stand in
/// the body of a JSON request, are parameters of the query then.
pub fn parse(
    media_type: MediaType,
    body: &[u8],
    parameters: &[(String, String)],
) -> Result<Draft, Malformed> {
    let text = str::from_utf8(body).map_err(|error| {
        Malformed::at(body, error.valid_up_to(), "the body is not UTF-8 from here on")
    })?;
    match media_type {
        MediaType::Json => json::parse(text),
        MediaType::Csv => csv::parse(text, parameters),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_not_utf8_says_where() {
        for media_type in [MediaType::Json, MediaType::Csv] {
            let malformed = parse(media_type, b"{\n  \"\xff\"}", &[]).unwrap_err();
            assert_eq!((malformed.line, malformed.column), (2, 4));
        }
    }
}
