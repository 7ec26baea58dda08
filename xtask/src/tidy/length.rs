//! No file grows past its ceiling without a listed reason, and a listed file may only shrink.

use serde::Deserialize;

use super::file_kind;
use super::finding::Finding;
use super::tree::Tree;
use crate::rust_text;

const LIST: &str = "xtask/tidy-exceptions.toml";

/// The files that are longer than they should be.
#[derive(Default, Deserialize)]
pub(crate) struct Exceptions {
    #[serde(default)]
    file: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    path: String,
    lines: usize,
    reason: String,
}

struct Ceiling {
    lines: usize,
    /// What to do about a file that is longer.
    advice: &'static str,
}

pub(crate) fn check(tree: &Tree, exceptions: &Exceptions) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        tree.texts().filter_map(|(path, text)| judge(path, text, exceptions)).collect();
    for exception in &exceptions.file {
        if !tree.contains(&exception.path) {
            findings
                .push(Finding::in_file(LIST, format!("remove {}: no such file", exception.path)));
        }
        if exception.reason.trim().is_empty() {
            findings.push(Finding::in_file(LIST, format!("give a reason for {}", exception.path)));
        }
    }
    findings
}

fn judge(path: &str, text: &str, exceptions: &Exceptions) -> Option<Finding> {
    let ceiling = ceiling(path)?;
    let lines = if is_rust(path) { rust_text::code_lines(text) } else { text.lines().count() };
    match exceptions.file.iter().find(|exception| exception.path == path) {
        None if lines <= ceiling.lines => None,
        None => Some(Finding::in_file(
            path,
            format!("{lines} lines, the ceiling is {}: {}", ceiling.lines, ceiling.advice),
        )),
        Some(exception) => ratchet(path, lines, &ceiling, exception.lines),
    }
}

fn ratchet(path: &str, lines: usize, ceiling: &Ceiling, recorded: usize) -> Option<Finding> {
    if lines <= ceiling.lines {
        return Some(Finding::in_file(LIST, format!("remove {path}: it keeps to its ceiling")));
    }
    match lines.cmp(&recorded) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => {
            Some(Finding::in_file(LIST, format!("lower the recorded size of {path} to {lines}")))
        }
        std::cmp::Ordering::Greater => Some(Finding::in_file(
            path,
            format!("grew from {recorded} to {lines} lines: a listed file may only shrink"),
        )),
    }
}

fn is_rust(path: &str) -> bool {
    path.ends_with(".rs")
}

fn ceiling(path: &str) -> Option<Ceiling> {
    let ceiling = |lines, advice| Some(Ceiling { lines, advice });
    match path.rsplit('/').next()? {
        "README.md" => ceiling(120, "keep to one page, link to docs/"),
        "ARCHITECTURE.md" => ceiling(300, "describe what is hard to find, not what is in the code"),
        _ if !is_rust(path) => None,
        _ if file_kind::is_test(path) => ceiling(800, "split it by what it tests"),
        "mod.rs" => ceiling(60, "only docs, `mod` and `pub use`; move code to files of its own"),
        _ => ceiling(400, "split it by what it is for"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "crates/a/src/store.rs";

    fn code(lines: usize) -> String {
        "fn f() {}\n".repeat(lines)
    }

    fn listed(lines: usize) -> Exceptions {
        let reason = "one match over all verbs".to_owned();
        Exceptions { file: vec![Exception { path: PATH.to_owned(), lines, reason }] }
    }

    fn findings(path: &str, lines: usize, exceptions: &Exceptions) -> Vec<String> {
        let found = check(&Tree::of([(path, &code(lines))]), exceptions);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_up_to_its_ceiling_passes() {
        let none = Exceptions::default();
        for (path, lines) in [(PATH, 400), ("a/src/b/mod.rs", 60), ("a/tests/it/main.rs", 800)] {
            assert!(findings(path, lines, &none).is_empty(), "{path}");
        }
        assert!(findings("README.md", 120, &none).is_empty());
    }

    #[test]
    fn a_file_past_its_ceiling_fails() {
        let none = Exceptions::default();
        for (path, lines) in [(PATH, 401), ("a/src/b/mod.rs", 61), ("a/tests/it/main.rs", 801)] {
            assert_eq!(findings(path, lines, &none).len(), 1, "{path}");
        }
        assert_eq!(findings("ARCHITECTURE.md", 301, &none).len(), 1);
    }

    #[test]
    fn a_listed_file_of_its_recorded_size_passes() {
        assert!(findings(PATH, 450, &listed(450)).is_empty());
    }

    #[test]
    fn a_listed_file_that_grew_fails() {
        let grew =
            "crates/a/src/store.rs: grew from 450 to 451 lines: a listed file may only shrink";
        assert_eq!(findings(PATH, 451, &listed(450)), [grew]);
    }

    #[test]
    fn a_listed_file_that_shrank_lowers_its_recorded_size() {
        let shrank = format!("{LIST}: lower the recorded size of {PATH} to 420");
        assert_eq!(findings(PATH, 420, &listed(450)), [shrank]);
    }

    #[test]
    fn an_entry_without_need_is_removed() {
        let needless = format!("{LIST}: remove {PATH}: it keeps to its ceiling");
        assert_eq!(findings(PATH, 400, &listed(450)), [needless]);
        let gone = format!("{LIST}: remove {PATH}: no such file");
        assert_eq!(findings("other.rs", 1, &listed(450)), [gone]);
    }

    #[test]
    fn an_entry_says_why() {
        let mut silent = listed(450);
        silent.file.iter_mut().for_each(|exception| exception.reason.clear());
        assert_eq!(findings(PATH, 450, &silent), [format!("{LIST}: give a reason for {PATH}")]);
    }
}
