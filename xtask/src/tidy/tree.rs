//! The files that the checks look at.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{Result, workspace};

/// Every file of the project, by its path from the root with `/` between the parts.
pub(crate) struct Tree(BTreeMap<String, File>);

pub(crate) struct File {
    pub(crate) bytes: usize,
    /// None if the file is not text.
    text: Option<String>,
}

impl Tree {
    pub(crate) fn read() -> Result<Self> {
        let mut files = BTreeMap::new();
        for path in workspace::files()? {
            let content = std::fs::read(Path::new(workspace::root()).join(&path))?;
            files.insert(path, File::new(content));
        }
        Ok(Self(files))
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Every file that is text, with it.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(path, file)| Some((path.as_str(), file.text.as_deref()?)))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path)?.text.as_deref()
    }

    /// The texts below a folder, each with its path from there.
    pub(crate) fn below(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter_map(move |(path, text)| {
            Some((path.strip_prefix(folder)?.strip_prefix('/')?, text))
        })
    }

    /// Whether the path is a file, or a folder with a file somewhere below it.
    pub(crate) fn contains(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let below = format!("{path}/");
        path.is_empty() || self.0.keys().any(|file| file == path || file.starts_with(&below))
    }

    /// The names of the folders directly in another.
    pub(crate) fn folders_in(&self, parent: &str) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .0
            .keys()
            .filter_map(|path| path.strip_prefix(parent)?.strip_prefix('/')?.split_once('/'))
            .map(|(name, _)| name)
            .collect();
        names.dedup();
        names
    }
}

impl File {
    fn new(content: Vec<u8>) -> Self {
        Self { bytes: content.len(), text: String::from_utf8(content).ok() }
    }
}

#[cfg(test)]
impl Tree {
    /// A tree made up for a test.
    pub(crate) fn of<const N: usize>(files: [(&str, &str); N]) -> Self {
        let file = |(path, text): (&str, &str)| (path.to_owned(), File::new(text.into()));
        Self(files.into_iter().map(file).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_files_and_the_folders_that_hold_them() {
        let tree = Tree::of([("crates/a/src/lib.rs", ""), ("crates/b/Cargo.toml", "")]);
        assert!(tree.contains("crates/a/src/lib.rs") && tree.contains("crates/a/"));
        assert!(!tree.contains("crates/a/src/li") && !tree.contains("crates/c"));
        assert_eq!(tree.folders_in("crates"), ["a", "b"]);
    }

    #[test]
    fn a_path_below_a_folder_starts_there() {
        let tree = Tree::of([("a/queries/claim.sql", "x"), ("a/queries.rs", "y")]);
        assert_eq!(tree.below("a/queries").collect::<Vec<_>>(), [("claim.sql", "x")]);
    }
}
