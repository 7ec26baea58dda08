//! A relative link in a document leads to a file or folder of the project.

use super::finding::Finding;
use super::markdown;
use super::tree::Tree;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| path.ends_with(".md")) {
        for (number, line) in markdown::prose(text) {
            let targets = markdown::link_targets(line).into_iter();
            for target in targets.filter(|target| is_broken(path, target, tree)) {
                let advice = format!("the link to {target} leads nowhere: mend or remove it");
                findings.push(Finding::at_line(path, number, advice));
            }
        }
    }
    findings
}

fn is_broken(document: &str, target: &str, tree: &Tree) -> bool {
    let outside = target.is_empty() || target.contains(':');
    !outside && !resolve(document, target).is_some_and(|path| tree.contains(&path))
}

/// The path from the root; none if it leads out of the project.
fn resolve(document: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> usize {
        check(&Tree::of([("docs/a.md", text), ("docs/b.md", ""), ("README.md", "")])).len()
    }

    #[test]
    fn links_to_files_folders_and_elsewhere_pass() {
        assert_eq!(findings("[b](b.md#part) [r](../README.md) [d](.) [root](../)"), 0);
        assert_eq!(findings("[h](https://example.org/x.md) [m](mailto:a@b) [p](#part)"), 0);
    }

    #[test]
    fn links_to_nothing_fail() {
        assert_eq!(findings("[c](c.md)\n[b](../b.md)\n[o](../../o.md)\n"), 3);
    }
}
