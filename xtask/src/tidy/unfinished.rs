//! Nothing is left unfinished, unless an issue says what is missing.

use super::finding::Finding;
use super::tree::Tree;

// Put together here, so that this file does not find itself.
const MARKS: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("// XX", "X"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        for (line, number) in text.lines().zip(1..) {
            let mark = MARKS.iter().find(|mark| line.contains(**mark));
            if let Some(mark) = mark.filter(|_| !names_an_issue(line)) {
                let advice =
                    format!("`{mark}` without an issue: do it now, or add its number (#12)");
                findings.push(Finding::at_line(path, number, advice));
            }
        }
    }
    findings
}

fn names_an_issue(line: &str) -> bool {
    line.split('#').skip(1).any(|after| after.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_with_an_issue_passes() {
        let line = format!("// {} (#12): batches\n", concat!("TO", "DO"));
        assert!(check(&Tree::of([("a.rs", &line)])).is_empty());
    }

    #[test]
    fn every_mark_without_an_issue_fails() {
        for mark in MARKS {
            let line = format!("fn f() {{}}\n{mark} later # soon\n");
            let findings = check(&Tree::of([("a.rs", &line)]));
            assert!(findings.first().unwrap().to_string().starts_with("a.rs:2: "), "{mark}");
        }
    }
}
