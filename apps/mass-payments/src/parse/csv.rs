//! `text/csv`: a header, then a payment a row. An empty cell is an absent
//! field. The fields of the batch stand in the query, under their JSON names.

use super::Malformed;
use super::rfc4180::{Broken, Record, Records};
use crate::batch::MAX_PAYMENTS;
use crate::code::Code;
use crate::draft::{Draft, DraftBeneficiary, DraftPayment, DraftPayments, Field};
use crate::line_error::{Defect, excerpt};

/// A row on its way into a draft.
#[derive(Default)]
struct Row {
    payment: DraftPayment,
    beneficiary: DraftBeneficiary,
}

type Column = (&'static str, fn(&mut Row) -> &mut Field<String>);

/// The columns that a file may have, in any order, and where each goes. The
/// first must be there.
const COLUMNS: [Column; 11] = [
    ("line_id", |row| &mut row.payment.line_id),
    ("amount", |row| &mut row.payment.amount),
    ("currency", |row| &mut row.payment.currency),
    ("value_date", |row| &mut row.payment.value_date),
    ("beneficiary_name", |row| &mut row.beneficiary.name),
    ("beneficiary_iban", |row| &mut row.beneficiary.iban),
    ("beneficiary_account_number", |row| &mut row.beneficiary.account_number),
    ("beneficiary_bic", |row| &mut row.beneficiary.bic),
    ("beneficiary_country", |row| &mut row.beneficiary.country),
    ("reference", |row| &mut row.payment.reference),
    ("reason", |row| &mut row.payment.reason),
];

const REQUIRED_COLUMNS: usize = 5;

/// What spreadsheets put before UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

pub(super) fn parse(text: &str, parameters: &[(String, String)]) -> Result<Draft, Malformed> {
    let rows = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let malformed = |broken: Broken| {
        let offset = broken.offset + text.len() - rows.len();
        Malformed::at(text.as_bytes(), offset, broken.message)
    };
    let mut records = Records::new(rows);
    let header = Header::read(records.next().transpose().map_err(malformed)?)?;
    let mut payments = DraftPayments::default();
    for record in records {
        let record = record.map_err(malformed)?;
        if payments.lines.len() < MAX_PAYMENTS {
            payments.lines.push(header.payment(record));
        } else {
            payments.surplus += 1;
        }
    }
    let mut draft = Draft { payments: Field::Given(payments), ..Draft::default() };
    for (name, value) in parameters {
        fill_batch(&mut draft, name, value);
    }
    Ok(draft)
}

/// Other parameters are none of ours: unknown ones are ignored everywhere.
fn fill_batch(draft: &mut Draft, name: &str, value: &str) {
    match name {
        "reference" => draft.reference.fill(Field::Given(value.to_owned())),
        "accept_immediately" => draft.accept_immediately.fill(flag(value)),
        "on_errors" => draft.on_errors.fill(Field::Given(value.to_owned())),
        "confirm_by" => draft.confirm_by.fill(Field::Given(value.to_owned())),
        "sell_currency" => draft.sell_currency.fill(Field::Given(value.to_owned())),
        "trade_id" => draft.trade_id.fill(Field::Given(value.to_owned())),
        "allow_duplicate" => draft.allow_duplicate.fill(flag(value)),
        _ => {}
    }
}

fn flag(value: &str) -> Field<bool> {
    match value {
        "true" => Field::Given(true),
        "false" => Field::Given(false),
        _ => Field::Wrong(Defect::new(Code::FieldType, "must be true or false")),
    }
}

/// Which column stands where.
struct Header(Vec<Column>);

impl Header {
    fn read(record: Option<Record>) -> Result<Self, Malformed> {
        let Some(record) = record else {
            return Err(Malformed::at(b"", 0, "the file is empty; it must begin with a header"));
        };
        Self::columns(&record.cells).map(Self).map_err(|message| Malformed {
            message,
            line: record.line,
            column: 1,
        })
    }

    fn columns(cells: &[String]) -> Result<Vec<Column>, String> {
        let mut columns: Vec<Column> = Vec::with_capacity(COLUMNS.len());
        for cell in cells {
            let Some(column) = COLUMNS.into_iter().find(|(name, _)| name == cell) else {
                return Err(unknown_column(cell));
            };
            if columns.iter().any(|(name, _)| name == cell) {
                return Err(format!("the header has the column {cell} twice"));
            }
            columns.push(column);
        }
        let required = &COLUMNS[..REQUIRED_COLUMNS];
        match required.iter().find(|(name, _)| !columns.iter().any(|(given, _)| given == name)) {
            Some((missing, _)) => Err(format!("the header has no column {missing}")),
            None => Ok(columns),
        }
    }

    fn payment(&self, record: Record) -> Result<DraftPayment, Defect> {
        let (cells, columns) = (record.cells.len(), self.0.len());
        if cells != columns {
            let line = record.line;
            let message = format!("has {cells} cells, the header has {columns} (file line {line})");
            return Err(Defect::new(Code::CellCount, message));
        }
        let mut row = Row::default();
        for ((_, slot), cell) in self.0.iter().zip(record.cells) {
            if !cell.is_empty() {
                slot(&mut row).fill(Field::Given(cell));
            }
        }
        Ok(DraftPayment {
            file_line: Some(record.line),
            beneficiary: Field::Given(row.beneficiary),
            ..row.payment
        })
    }
}

fn unknown_column(cell: &str) -> String {
    let hint = if cell.contains(';') {
        "cells must be separated by commas, not by semicolons".to_owned()
    } else {
        format!("the columns are {}", COLUMNS.map(|(name, _)| name).join(", "))
    };
    format!("the header has an unknown column \"{}\"; {hint}", excerpt(cell))
}
