//! Most files are short: the ceiling alone would let every file grow up to it.

use super::file_kind;
use super::finding::Finding;
use super::tree::Tree;
use crate::rust_text;

const LIMIT: usize = 150;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let (median, longest) = measure(tree);
    if median < LIMIT {
        return Vec::new();
    }
    let advice = format!("the median file has {median} code lines, the limit is {LIMIT}: split");
    longest.iter().map(|path| Finding::in_file(path, advice.clone())).collect()
}

/// Said at every run, so that the figure is seen before it is too high.
pub(crate) fn note(tree: &Tree) -> String {
    let count = tree.files().filter(|(path, _)| file_kind::is_product(path)).count();
    format!("median of {count} source files: {} code lines", measure(tree).0)
}

/// The median length, and the ten longest files.
fn measure(tree: &Tree) -> (usize, Vec<&str>) {
    let mut lengths: Vec<(usize, &str)> = tree
        .texts()
        .filter(|(path, _)| file_kind::is_product(path))
        .map(|(path, text)| (rust_text::code_lines(text), path))
        .collect();
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).map_or(0, |(length, _)| *length);
    (median, lengths.iter().rev().take(10).map(|(_, path)| *path).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(lengths: [usize; 3]) -> Tree {
        let [a, b, c] = lengths.map(|lines| "fn f() {}\n".repeat(lines));
        Tree::of([
            ("crates/a/src/a.rs", a.as_str()),
            ("crates/a/src/b.rs", b.as_str()),
            ("crates/a/src/c.rs", c.as_str()),
        ])
    }

    #[test]
    fn one_long_file_among_short_ones_passes() {
        let tree = tree([10, 149, 399]);
        assert!(check(&tree).is_empty());
        assert_eq!(note(&tree), "median of 3 source files: 149 code lines");
    }

    #[test]
    fn too_many_long_files_are_named_longest_first() {
        let findings = check(&tree([10, 150, 399]));
        assert!(findings.first().unwrap().to_string().starts_with("crates/a/src/c.rs: the median"));
    }
}
