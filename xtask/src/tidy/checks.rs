//! All checks, one a line.

use super::finding::Finding;
use super::tree::Tree;
use super::{canaries, code_map, file_names, file_size, folder_depth, imports, length, links};
use super::{machine_paths, median, sibling_stores, statements, store_verbs, unfinished, words};
use crate::workspace::{self, Metadata};
use crate::{Result, console};

/// Shows every finding at once, and fails if there is one.
pub(crate) fn run() -> Result {
    let tree = Tree::read()?;
    let findings = check(&tree)?;
    for finding in &findings {
        console::line(&finding.to_string());
    }
    for note in [median::note(&tree), sibling_stores::note(&tree)] {
        console::line(&format!("tidy: {note}"));
    }
    match findings.len() {
        0 => Ok(()),
        count => Err(format!("tidy: {count} to mend; docs/style.md gives the reasons").into()),
    }
}

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let import_table = workspace::table("xtask/imports.toml")?;
    let exceptions = workspace::table("xtask/tidy-exceptions.toml")?;
    let word_list = workspace::table("xtask/words.toml")?;
    Ok([
        imports::check(&Metadata::read()?.packages, &import_table),
        length::check(tree, &exceptions),
        median::check(tree),
        folder_depth::check(tree),
        file_size::check(tree),
        file_names::check(tree, &word_list),
        words::check(tree, &word_list),
        unfinished::check(tree),
        machine_paths::check(tree),
        statements::check(tree),
        store_verbs::check(tree),
        sibling_stores::check(tree),
        links::check(tree),
        canaries::check(tree),
        code_map::check(tree),
    ]
    .concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_tidy() {
        let findings = check(&Tree::read().unwrap()).unwrap();
        let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(shown.is_empty(), "\n{}", shown.join("\n"));
    }
}
