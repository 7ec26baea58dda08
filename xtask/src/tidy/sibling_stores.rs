//! Who knows one store finds the way in the next: all have the same files.

use std::collections::BTreeSet;

use super::finding::Finding;
use super::tree::Tree;

const FIRST: &str = "crates/deferral-sqlite";
const OTHERS: [&str; 2] = ["crates/deferral-postgres", "crates/deferral-redis"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let expected = parts(tree, FIRST);
    let mut findings = Vec::new();
    for store in present(tree) {
        let found = parts(tree, store);
        for missing in expected.difference(&found) {
            findings.push(Finding::in_file(store, format!("has no {missing}, as {FIRST} has")));
        }
        for extra in found.difference(&expected) {
            findings.push(Finding::in_file(store, format!("has {extra}, which {FIRST} has not")));
        }
    }
    findings
}

/// Said at every run, so that a comparison which compares nothing is seen.
pub(crate) fn note(tree: &Tree) -> String {
    match present(tree).count() {
        0 => "one store only: nothing to compare its files with".to_owned(),
        others => format!("{} stores with the same files", others + 1),
    }
}

fn present(tree: &Tree) -> impl Iterator<Item = &'static str> {
    OTHERS.into_iter().filter(|store| tree.contains(store))
}

/// Source files by path, and statements by name, whatever their language.
fn parts(tree: &Tree, store: &str) -> BTreeSet<String> {
    let sources = tree.below(store).map(|(path, _)| path).filter(|path| path.starts_with("src/"));
    let statements = ["queries", "scripts"].into_iter().flat_map(|folder| {
        tree.below(&format!("{store}/{folder}"))
            .map(|(path, _)| path.to_owned())
            .collect::<Vec<_>>()
    });
    let verbs = statements.map(|file| {
        let verb = file.split('.').next().unwrap_or_default();
        format!("the statement `{verb}`")
    });
    sources.map(str::to_owned).chain(verbs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_store_has_nothing_to_compare_and_says_so() {
        let tree = Tree::of([("crates/deferral-sqlite/src/row.rs", "")]);
        assert!(check(&tree).is_empty());
        assert_eq!(note(&tree), "one store only: nothing to compare its files with");
    }

    #[test]
    fn stores_with_the_same_files_pass() {
        let tree = Tree::of([
            ("crates/deferral-redis/scripts/claim.lua", ""),
            ("crates/deferral-redis/src/row.rs", ""),
            ("crates/deferral-sqlite/queries/claim.sql", ""),
            ("crates/deferral-sqlite/src/row.rs", ""),
        ]);
        assert!(check(&tree).is_empty());
        assert_eq!(note(&tree), "2 stores with the same files");
    }

    #[test]
    fn a_file_that_one_store_lacks_fails() {
        let tree = Tree::of([
            ("crates/deferral-postgres/src/rows.rs", ""),
            ("crates/deferral-sqlite/queries/claim.sql", ""),
            ("crates/deferral-sqlite/src/row.rs", ""),
        ]);
        assert_eq!(check(&tree).len(), 3);
    }
}
