//! A request as it came: read, but not believed. Every field says whether it
//! was there and could be read, so that `validate` can tell all errors at once.

use crate::code::Code;
use crate::line_error::Defect;

/// A mass payment that nobody has checked yet. Made by [`crate::parse`].
#[derive(Debug, Default)]
pub struct Draft {
    pub(crate) reference: Field<String>,
    pub(crate) accept_immediately: Field<bool>,
    pub(crate) on_errors: Field<String>,
    pub(crate) confirm_by: Field<String>,
    pub(crate) sell_currency: Field<String>,
    pub(crate) trade_id: Field<String>,
    pub(crate) allow_duplicate: Field<bool>,
    pub(crate) payments: Field<DraftPayments>,
    pub(crate) unknown: UnknownFields,
}

/// The lines, in the order of the request.
#[derive(Debug, Default)]
pub(crate) struct DraftPayments {
    pub(crate) lines: Vec<Result<DraftPayment, Defect>>,
    /// Lines beyond the most that a batch may have: counted, not kept.
    pub(crate) surplus: usize,
}

#[derive(Debug, Default)]
pub(crate) struct DraftPayment {
    /// Where the line begins, if it came in a CSV file.
    pub(crate) file_line: Option<usize>,
    pub(crate) line_id: Field<String>,
    pub(crate) amount: Field<String>,
    pub(crate) currency: Field<String>,
    pub(crate) value_date: Field<String>,
    pub(crate) beneficiary: Field<DraftBeneficiary>,
    pub(crate) reference: Field<String>,
    pub(crate) reason: Field<String>,
    pub(crate) unknown: UnknownFields,
}

#[derive(Debug, Default)]
pub(crate) struct DraftBeneficiary {
    pub(crate) name: Field<String>,
    pub(crate) iban: Field<String>,
    pub(crate) account_number: Field<String>,
    pub(crate) bic: Field<String>,
    pub(crate) country: Field<String>,
    pub(crate) unknown: UnknownFields,
}

/// What a request holds under a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Field<T> {
    #[default]
    Absent,
    /// As good as absent, but a second field of the name is still one too many.
    Null,
    Given(T),
    Wrong(Defect),
}

impl<T> Field<T> {
    /// Takes what stands under the field's name; a name may stand only once.
    pub(crate) fn fill(&mut self, found: Self) {
        *self = match self {
            Self::Absent => found,
            Self::Null | Self::Given(_) | Self::Wrong(_) => {
                Self::Wrong(Defect::new(Code::FieldRepeated, "stands more than once"))
            }
        };
    }

    pub(crate) fn is_given(&self) -> bool {
        !matches!(self, Self::Absent | Self::Null)
    }

    pub(crate) fn optional(self) -> Result<Option<T>, Defect> {
        match self {
            Self::Absent | Self::Null => Ok(None),
            Self::Given(value) => Ok(Some(value)),
            Self::Wrong(defect) => Err(defect),
        }
    }

    pub(crate) fn required(self) -> Result<T, Defect> {
        self.optional()?.ok_or_else(|| Defect::new(Code::FieldMissing, "is required"))
    }
}

/// Names that no field has. A hostile body is full of them, so few are kept.
#[derive(Debug, Default)]
pub(crate) struct UnknownFields {
    pub(crate) names: Vec<String>,
    pub(crate) surplus: usize,
}

impl UnknownFields {
    const KEPT: usize = 16;

    pub(crate) fn push(&mut self, name: &str) {
        if self.names.len() < Self::KEPT {
            self.names.push(name.to_owned());
        } else {
            self.surplus += 1;
        }
    }
}
