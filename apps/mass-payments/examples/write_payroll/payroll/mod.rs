//! The payroll of the demo, made by formulas: a thousand well-formed lines, of
//! which the stand-in for the back office refuses 37. Nobody in it exists.

mod employee;
mod place;
mod spoil;

use self::employee::Employee;
use self::spoil::Spoil;

const LINES: usize = 1_000;

const HEADER: &str = "line_id,amount,currency,value_date,beneficiary_name,beneficiary_iban,\
                      beneficiary_account_number,beneficiary_bic,beneficiary_country,reference,\
                      reason";

/// The whole file.
pub(crate) fn csv() -> String {
    let lines = (1..=LINES).map(|number| {
        let mut employee = Employee::new(number);
        if let Some(spoil) = Spoil::of(number) {
            spoil.apply(&mut employee);
        }
        employee.csv_line()
    });
    std::iter::once(HEADER.to_owned()).chain(lines).map(|line| line + "\n").collect()
}
