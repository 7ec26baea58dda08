//! Folders below `src` are at most two deep: a third level is a crate or a better name.

use super::finding::Finding;
use super::tree::Tree;

const DEEPEST: usize = 2;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let too_deep = |path: &&str| {
        path.split_once("src/").is_some_and(|(_, below)| below.matches('/').count() > DEEPEST)
    };
    tree.files()
        .map(|(path, _)| path)
        .filter(too_deep)
        .map(|path| Finding::in_file(path, "more than two folders below src: move it up"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_folders_below_src_pass() {
        assert!(check(&Tree::of([("crates/a/src/b/c/d.rs", "")])).is_empty());
    }

    #[test]
    fn three_folders_below_src_fail() {
        assert_eq!(check(&Tree::of([("crates/a/src/b/c/d/e.rs", "")])).len(), 1);
    }
}
