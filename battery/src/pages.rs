//! The sums of the ledger, as they stand in the pages that show them.

use std::collections::BTreeMap;

use crate::commit;
use crate::error::Error;
use crate::ledger::Survived;
use crate::report::Counts;

const PAGES: [&str; 2] = ["README.md", "docs/promises.md"];
const BEGIN: &str = "<!-- sums: written by `battery ledger --write` -->\n";
const END: &str = "<!-- end of sums -->";

/// What a row of the table is called, and what it counts.
type Row = (&'static str, fn(&Counts) -> u64);

const ROWS: [Row; 11] = [
    ("promises given (`202`)", |it| it.acked),
    ("processes killed", |it| it.kills),
    ("power cuts", |it| it.power_cuts),
    ("attempts that woke up after their takeover", |it| it.zombies),
    ("full disks", |it| it.full_disks),
    ("steps of the clock", |it| it.clock_steps),
    ("requests posted again", |it| it.duplicate_posts),
    ("payments sent", |it| it.payments),
    ("simulated worlds", |it| it.worlds),
    ("**lost**", |it| it.lost),
    ("**done twice**", |it| it.twice),
];

/// Writes the sums into all pages.
pub(crate) fn write(survived: &Survived) -> Result<(), Error> {
    for page in PAGES {
        let path = commit::root().join(page);
        let failed = |source| Error::File { path: path.clone(), source };
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        let no_place = || Error::Unexpected {
            what: path.display().to_string(),
            why: format!("it has no {BEGIN:?} before a {END:?}"),
        };
        let written = with_sums(&text, survived).ok_or_else(no_place)?;
        std::fs::write(&path, written).map_err(failed)?;
    }
    Ok(())
}

/// The page with these sums in their place, if it has one.
fn with_sums(page: &str, Survived { commit, sums }: &Survived) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let table = table(sums);
    Some(format!("{before}{BEGIN}\nCommit `{commit}`, at full size:\n\n{table}\n{END}{after}"))
}

fn table(sums: &BTreeMap<String, Counts>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let names = || sums.keys().cloned();
    let head = line(std::iter::once("survived".to_owned()).chain(names()).collect());
    let rule =
        line(std::iter::once("---").chain(names().map(|_| "---:")).map(Into::into).collect());
    // What never came was not survived; that nothing was lost is said by its zero.
    let came = |count: &fn(&Counts) -> u64| sums.values().any(|sum| count(sum) > 0);
    let is_told = |(name, count): &&Row| name.starts_with("**") || came(count);
    let rows = ROWS.iter().filter(is_told).map(|(name, count)| {
        let counts = sums.values().map(|sum| grouped(count(sum)));
        line(std::iter::once((*name).to_owned()).chain(counts).collect())
    });
    [head, rule].into_iter().chain(rows).collect()
}

/// 1234567 as 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger;

    #[test]
    fn the_pages_have_the_sums_of_the_ledger() {
        let survived = ledger::survived().unwrap();
        for page in PAGES {
            let text = std::fs::read_to_string(commit::root().join(page)).unwrap();
            let written = with_sums(&text, &survived).unwrap();
            assert_eq!(text, written, "write them: cargo run -p battery -- ledger --write");
        }
    }

    #[test]
    fn digits_stand_in_groups_of_three() {
        let texts = [0, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }
}
