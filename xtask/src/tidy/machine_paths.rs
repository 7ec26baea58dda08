//! Nothing names a place that exists on one machine only, or a host that a build fetches from.

use super::finding::Finding;
use super::tree::Tree;

// Put together here, so that this file does not find itself.
const FOLDERS: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/tmp/", "brief"),
];
const HOSTS: [&str; 3] = [concat!("crates", ".io"), concat!("pypi", ".org"), concat!("npmjs", ".")];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| *path != "Cargo.lock") {
        for (line, number) in text.lines().zip(1..) {
            if let Some(folder) = FOLDERS.iter().find(|folder| begins_a_path(line, folder)) {
                let advice = format!("`{folder}` is not on every machine: use a relative path");
                findings.push(Finding::at_line(path, number, advice));
            }
            if let Some(host) = HOSTS.iter().find(|host| line.contains(**host)) {
                let advice = format!("`{host}` is a choice of whoever builds: leave it out");
                findings.push(Finding::at_line(path, number, advice));
            }
        }
    }
    findings
}

/// `src/work/` is a folder of ours; only what starts there is a machine's.
fn begins_a_path(line: &str, folder: &str) -> bool {
    let in_a_path = |before: char| before.is_alphanumeric() || "._-}/*".contains(before);
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().last());
        !before.is_some_and(in_a_path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_passes() {
        let line = format!("see src{}mod.rs", FOLDERS[0]);
        assert!(check(&Tree::of([("a.md", &line)])).is_empty());
    }

    #[test]
    fn the_lock_file_names_where_packages_come_from() {
        assert!(check(&Tree::of([("Cargo.lock", HOSTS[0])])).is_empty());
    }

    #[test]
    fn a_path_of_one_machine_fails() {
        for folder in FOLDERS {
            let line = format!("cd {folder}x");
            assert_eq!(check(&Tree::of([("a.md", &line)])).len(), 1, "{folder}");
        }
    }

    #[test]
    fn a_registry_fails() {
        for host in HOSTS {
            let line = format!("https://{host}");
            assert_eq!(check(&Tree::of([("a.md", &line)])).len(), 1, "{host}");
        }
    }
}
