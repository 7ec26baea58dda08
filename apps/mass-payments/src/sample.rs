//! The sample file of the demo: a payroll of a thousand lines.

use jiff::ToSpan;
use jiff::civil::Date;

/// The file as it is kept: a value date reads `{{today+3}}`, since a real one
/// would soon be in the past. No API accepts that form.
const TEMPLATE: &str = include_str!("../samples/payroll.csv");

const OPEN: &str = "{{today+";
const CLOSE: &str = "}}";

/// The sample as a CSV file whose value dates are real ones, from `today` on.
pub fn payroll(today: Date) -> String {
    dated(TEMPLATE, today)
}

fn dated(template: &str, today: Date) -> String {
    let mut pieces = template.split(OPEN);
    let mut file = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match after_today(piece, today) {
            Some((date, rest)) => file.extend([date.to_string().as_str(), rest]),
            None => file.extend([OPEN, piece]),
        }
    }
    file
}

/// Reads the days and the end of a token, which begins the text.
fn after_today(text: &str, today: Date) -> Option<(Date, &str)> {
    let (days, rest) = text.split_once(CLOSE)?;
    let days: u16 = days.parse().ok()?;
    Some((today.checked_add(i32::from(days).days()).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn tokens_become_dates() {
        let dated = dated("a,{{today+0}}\nb,{{today+10}}\n", date(2026, 12, 28));
        assert_eq!(dated, "a,2026-12-28\nb,2027-01-07\n");
    }

    #[test]
    fn whatever_is_no_token_stays() {
        for text in ["", "no token", "{{today+x}}", "{{today+3", "{{today}}"] {
            assert_eq!(dated(text, date(2026, 12, 28)), text);
        }
    }
}
