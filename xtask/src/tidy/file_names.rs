//! A file or folder is named by what it is for; some names say nothing.

use super::finding::Finding;
use super::tree::Tree;
use super::words::Words;

pub(crate) fn check(tree: &Tree, words: &Words) -> Vec<Finding> {
    let says_nothing = |part: &str| {
        let stem = part.split('.').next().unwrap_or(part);
        words.file_names.iter().any(|name| name == stem)
    };
    tree.files()
        .map(|(path, _)| path)
        .filter(|path| path.split('/').any(says_nothing))
        .map(|path| Finding::in_file(path, "name it by what it is for: this name says nothing"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        toml::from_str(r#"file_names = ["utils"]"#).unwrap()
    }

    #[test]
    fn a_name_that_says_something_passes() {
        assert!(check(&Tree::of([("crates/a/src/retry.rs", "")]), &words()).is_empty());
    }

    #[test]
    fn a_file_or_folder_for_everything_fails() {
        assert_eq!(check(&Tree::of([("crates/a/src/utils.rs", "")]), &words()).len(), 1);
        assert_eq!(check(&Tree::of([("crates/a/src/utils/time.rs", "")]), &words()).len(), 1);
    }
}
