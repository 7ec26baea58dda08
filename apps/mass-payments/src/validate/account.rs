//! Who is paid, and where.

use super::at::At;
use super::text::text;
use crate::batch::Beneficiary;
use crate::code::Code;
use crate::draft::DraftBeneficiary;
use crate::line_error::Defect;
use crate::value::{Bic, Country, Iban};

const MAX_NAME: usize = 140;
const MAX_ACCOUNT_NUMBER: usize = 34;

pub(super) fn check(draft: DraftBeneficiary, at: &mut At<'_>) -> Option<Beneficiary> {
    let (has_iban, has_number) = (draft.iban.is_given(), draft.account_number.is_given());
    let has_country = draft.country.is_given();
    at.unknown_fields("/beneficiary", &draft.unknown);
    at.check("/beneficiary/iban", one_account(has_iban, has_number))
        .and_then(|()| at.check("/beneficiary/country", located(has_iban, has_country)));
    let name = at.required("/beneficiary/name", draft.name, |it| text(it, MAX_NAME));
    let iban = at.optional("/beneficiary/iban", draft.iban, |it| Iban::parse(&it));
    let account_number =
        at.optional("/beneficiary/account_number", draft.account_number, account_number);
    let bic = at.optional("/beneficiary/bic", draft.bic, |it| Bic::parse(&it));
    let country = at.optional("/beneficiary/country", draft.country, |it| Country::parse(&it));
    if let (Some(Some(bic)), Some(Some(iban))) = (&bic, &iban) {
        at.check("/beneficiary/bic", bic.fits(iban));
    }
    Some(Beneficiary {
        name: name?,
        iban: iban?,
        account_number: account_number?,
        bic: bic?,
        country: country?,
    })
}

fn one_account(has_iban: bool, has_number: bool) -> Result<(), Defect> {
    match (has_iban, has_number) {
        (false, false) => {
            Err(Defect::new(Code::AccountMissing, "iban or account_number is required"))
        }
        (true, true) => {
            let message = "iban and account_number exclude each other";
            Err(Defect::new(Code::AccountAmbiguous, message))
        }
        _ => Ok(()),
    }
}

/// An IBAN names its country, an account number does not.
fn located(has_iban: bool, has_country: bool) -> Result<(), Defect> {
    if has_iban || has_country {
        Ok(())
    } else {
        Err(Defect::new(Code::FieldMissing, "is required beside an account_number"))
    }
}

fn account_number(text: String) -> Result<String, Defect> {
    let is_number = (1..=MAX_ACCOUNT_NUMBER).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_number {
        Ok(text)
    } else {
        let message = format!("must be 1 to {MAX_ACCOUNT_NUMBER} letters, digits and hyphens");
        Err(Defect::new(Code::AccountNumberFormat, message))
    }
}
