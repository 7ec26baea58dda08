//! `ARCHITECTURE.md` shows the code that is there: every crate, and no file that is not.

use super::finding::Finding;
use super::markdown;
use super::tree::Tree;

const MAP: &str = "ARCHITECTURE.md";
const HOMES: [&str; 3] = ["crates", "apps", "stand-ins"];
const ENDINGS: [&str; 7] = [".rs", ".sql", ".lua", ".toml", ".md", ".json", ".csv"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(map) = tree.text(MAP) else {
        return vec![Finding::in_file(MAP, "is missing: the newcomer's map of the code")];
    };
    [unnamed_crates(map, tree), unknown_crates(map, tree), unknown_paths(map, tree)].concat()
}

fn unnamed_crates(map: &str, tree: &Tree) -> Vec<Finding> {
    let names = |name: &str| map.split(|character| !is_name(character)).any(|word| word == name);
    let homes =
        HOMES.iter().flat_map(|home| tree.folders_in(home).into_iter().map(move |c| (home, c)));
    homes
        .filter(|(_, name)| !names(name))
        .map(|(home, name)| Finding::in_file(MAP, format!("does not name {home}/{name}: add it")))
        .collect()
}

fn unknown_crates(map: &str, tree: &Tree) -> Vec<Finding> {
    let crates = tree.folders_in("crates");
    let mut findings = Vec::new();
    for (line, number) in map.lines().zip(1..) {
        let words = line.split(|character| !is_name(character));
        for name in words.filter(|word| word.starts_with("deferral-") && !crates.contains(word)) {
            findings.push(Finding::at_line(MAP, number, format!("there is no crate {name}")));
        }
    }
    findings
}

fn unknown_paths(map: &str, tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in markdown::prose(map) {
        let paths = markdown::code_spans(line).flat_map(expanded);
        for path in paths.filter(|path| looks_like_a_path(path, tree) && !leads_to_one(path, tree))
        {
            findings.push(Finding::at_line(MAP, number, format!("there is no {path}")));
        }
    }
    findings
}

/// A letter of a crate's name.
fn is_name(character: char) -> bool {
    character.is_alphanumeric() || "-_".contains(character)
}

/// `a/{b,c}.rs` stands for two paths.
fn expanded(span: &str) -> Vec<String> {
    let parts =
        span.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    match parts {
        Some((before, (choices, after))) if choices.contains(',') => {
            choices.split(',').map(|choice| format!("{before}{}{after}", choice.trim())).collect()
        }
        _ => vec![span.to_owned()],
    }
}

/// `claim.rs`, `queries/claim.sql` and `crates/deferral-core` do; `text/csv` and `<verb>.sql` not.
fn looks_like_a_path(span: &str, tree: &Tree) -> bool {
    let plain = |character: char| is_name(character) || "./".contains(character);
    let of_a_file = ENDINGS.iter().any(|ending| span.ends_with(ending));
    let of_a_folder =
        span.split_once('/').is_some_and(|(top, _)| tree.contains(&format!("{top}/")));
    span.chars().all(plain) && !span.starts_with('/') && (of_a_file || of_a_folder)
}

/// From the root, or from any folder: a walkthrough need not repeat where its crate lies.
fn leads_to_one(path: &str, tree: &Tree) -> bool {
    let inside = format!("/{path}");
    tree.contains(path) || tree.files().any(|(file, _)| file.ends_with(&inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(map: &str) -> Vec<String> {
        let tree = Tree::of([
            (MAP, map),
            ("apps/payments/src/lib.rs", ""),
            ("crates/deferral-core/src/job.rs", ""),
            ("crates/deferral-core/src/lease.rs", ""),
        ]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_true_map_passes() {
        let map = "`deferral-core`: `crates/deferral-core/src/{job,lease}.rs`, `job.rs`, `src/`\n\
                   ```\n  payments\n```\n`text/csv`, `/operations/{id}`, `queries/<verb>.sql`\n";
        assert!(findings(map).is_empty(), "{:?}", findings(map));
    }

    #[test]
    fn a_crate_that_the_map_lacks_fails() {
        let expected = format!("{MAP}: does not name apps/payments: add it");
        assert_eq!(findings("deferral-core and mass-payments"), [expected]);
    }

    #[test]
    fn a_crate_that_is_not_there_fails() {
        let expected = format!("{MAP}:2: there is no crate deferral-cron");
        assert_eq!(findings("payments, deferral-core\nand deferral-cron"), [expected]);
    }

    #[test]
    fn a_path_that_is_not_there_fails() {
        let map = "deferral-core payments `crates/deferral-core/src/{job,effect}.rs` `retry.rs`";
        assert_eq!(findings(map).len(), 2);
    }

    #[test]
    fn a_missing_map_fails() {
        assert_eq!(check(&Tree::of([("README.md", "")])).len(), 1);
    }
}
