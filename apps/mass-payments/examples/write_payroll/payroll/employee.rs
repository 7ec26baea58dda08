//! One line of the payroll.

use super::place::{Account, Place};

pub(super) struct Employee {
    pub(super) number: usize,
    pub(super) place: &'static Place,
    pub(super) name: String,
    pub(super) amount: String,
    pub(super) currency: &'static str,
    pub(super) bank: &'static str,
    pub(super) account_digits: usize,
}

/// Primes, so that neighboring lines look unlike each other.
const STEP: usize = 7_919;
const ACCOUNT_STEP: usize = 104_729_083;

impl Employee {
    pub(super) fn new(number: usize) -> Self {
        let place = Place::of(number);
        let given = place.given_names[number % place.given_names.len()];
        let family = place.family_names[number / 2 % place.family_names.len()];
        let (lowest, highest) = place.salary;
        let salary = lowest + number * STEP % (highest - lowest);
        let cents =
            if place.decimals { format!(".{:02}", number * 37 % 100) } else { String::new() };
        Self {
            number,
            place,
            name: format!("{given} {family}"),
            amount: format!("{salary}{cents}"),
            currency: place.currency,
            bank: place.bank,
            account_digits: number * ACCOUNT_STEP + 11,
        }
    }

    pub(super) fn csv_line(&self) -> String {
        let Self { number, place, name, amount, currency, bank, .. } = self;
        let (country, location) = (place.country, place.bank_location);
        let (iban, account_number) = match place.account {
            Account::Iban { bank: code, digits } => {
                // A bank's letters stand in the BIC and in the IBAN.
                let code = if code == place.bank { bank } else { code };
                (iban(country, &format!("{code}{}", self.account(digits))), String::new())
            }
            Account::Number { digits } => (String::new(), self.account(digits)),
        };
        let days = 2 + number % 4;
        format!(
            "emp-{number:04},{amount},{currency},{{{{today+{days}}}}},{name},{iban},\
             {account_number},{bank}{location},{country},Salary {number:04},salary"
        )
    }

    /// The last digits of the account, filled up with zeros.
    fn account(&self, digits: usize) -> String {
        let account = format!("{:0digits$}", self.account_digits);
        account[account.len() - digits..].to_owned()
    }
}

/// An IBAN with the check digits of ISO 7064 (mod 97-10).
fn iban(country: &str, bban: &str) -> String {
    let rest = format!("{bban}{country}00").bytes().fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    format!("{country}{:02}{bban}", 98 - rest)
}
