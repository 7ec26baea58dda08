//! No large files: they stay in the history forever, in every clone.

use super::finding::Finding;
use super::tree::Tree;

const LARGEST: usize = 200_000;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files()
        .filter(|(path, file)| file.bytes > LARGEST && *path != "Cargo.lock")
        .map(|(path, file)| {
            let size = file.bytes;
            Finding::in_file(path, format!("{size} bytes, at most {LARGEST}: generate it instead"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_and_the_lock_file_pass() {
        let (small, large) = ("x".repeat(LARGEST), "x".repeat(LARGEST + 1));
        assert!(check(&Tree::of([("a.csv", &small), ("Cargo.lock", &large)])).is_empty());
    }

    #[test]
    fn a_large_file_fails() {
        let large = "x".repeat(LARGEST + 1);
        assert_eq!(check(&Tree::of([("a.csv", &large)])).len(), 1);
    }
}
