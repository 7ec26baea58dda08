//! A stored statement is one file: it says its name first, and is used in exactly one place.

use super::finding::Finding;
use super::tree::Tree;

/// Where each language's statements lie below a crate.
const FOLDERS: [(&str, &str); 2] = [("/queries/", ".sql"), ("/scripts/", ".lua")];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        if let Some(statement) = Statement::of(path) {
            findings.extend(statement.check(text, tree));
        }
    }
    findings
}

struct Statement<'a> {
    path: &'a str,
    /// The folder of the crate that it belongs to.
    home: &'a str,
    name: &'a str,
    extension: &'static str,
}

impl<'a> Statement<'a> {
    fn of(path: &'a str) -> Option<Self> {
        FOLDERS.iter().find_map(|(folder, extension)| {
            let (home, file) = path.split_once(folder)?;
            let name = file.strip_suffix(extension)?;
            Some(Self { path, home, name, extension })
        })
    }

    fn check(&self, text: &str, tree: &Tree) -> Vec<Finding> {
        let Self { path, name, .. } = self;
        let mut findings = Vec::new();
        if !text.starts_with(&format!("-- {name}: ")) {
            let advice = format!("begin with `-- {name}: ` and why it is as it is");
            findings.push(Finding::at_line(path, 1, advice));
        }
        if self.extension == ".sql" && count_statements(text) != 1 {
            findings.push(Finding::in_file(path, "exactly one statement a file: split it"));
        }
        match self.count_uses(tree) {
            1 => {}
            0 => findings.push(Finding::in_file(path, "nothing uses it: remove it")),
            uses => {
                let advice = format!("used in {uses} places: one function runs it, call that");
                findings.push(Finding::in_file(path, advice));
            }
        }
        findings
    }

    /// By its file name, as `include_str!` has it, or by its name, as a macro of the crate
    /// or a row of its table has it.
    fn count_uses(&self, tree: &Tree) -> usize {
        let name = self.name;
        let forms = [
            format!("/{name}{}\"", self.extension),
            format!("!(\"{name}\")"),
            format!("!({name})"),
            format!("= \"{name}\""),
        ];
        tree.below(&format!("{}/src", self.home))
            .flat_map(|(_, text)| text.lines())
            .filter(|line| !line.trim_start().starts_with("//"))
            .map(|line| forms.iter().map(|form| line.matches(form).count()).sum::<usize>())
            .sum()
    }
}

fn count_statements(sql: &str) -> usize {
    let code = |line: &str| line.split("--").next().unwrap_or_default().to_owned();
    let code: Vec<String> = sql.lines().map(code).collect();
    code.join("\n").split(';').filter(|statement| !statement.trim().is_empty()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM: &str = "-- claim: the oldest first; a tie goes to the lower id.\nSELECT 1;\n";

    fn findings(sql: &str, rust: &str) -> usize {
        let tree = Tree::of([("crates/a/queries/claim.sql", sql), ("crates/a/src/store.rs", rust)]);
        check(&tree).len()
    }

    #[test]
    fn a_statement_used_once_passes_in_every_form() {
        assert_eq!(findings(CLAIM, "include_str!(\"../queries/claim.sql\")"), 0);
        assert_eq!(findings(CLAIM, "// claim.sql\nlet a = sql!(\"claim\");"), 0);
        assert_eq!(findings(CLAIM, "let a = sql!(claim);"), 0);
    }

    #[test]
    fn a_statement_that_nothing_or_too_much_uses_fails() {
        assert_eq!(findings(CLAIM, "// sql!(claim)\nlet a = sql!(claim_many);"), 1);
        assert_eq!(findings(CLAIM, "(sql!(claim), sql!(claim))"), 1);
    }

    #[test]
    fn a_statement_that_does_not_say_its_name_fails() {
        assert_eq!(findings("SELECT 1;\n", "sql!(claim)"), 1);
        assert_eq!(findings("-- finish: why.\nSELECT 1;\n", "sql!(claim)"), 1);
    }

    #[test]
    fn two_statements_in_a_file_fail() {
        assert_eq!(findings("-- claim: a; b\nSELECT 1;\nSELECT 2;\n", "sql!(claim)"), 1);
        assert_eq!(findings("-- claim: nothing\n", "sql!(claim)"), 1);
    }

    #[test]
    fn scripts_obey_the_same_rule() {
        let lua = "-- claim: checks first, writes then.\nlocal a = 1; local b = 2\n";
        let rust = "include_str!(\"../scripts/claim.lua\")";
        let tree = Tree::of([("crates/r/scripts/claim.lua", lua), ("crates/r/src/a.rs", rust)]);
        assert!(check(&tree).is_empty());
        assert_eq!(check(&Tree::of([("crates/r/scripts/claim.lua", lua)])).len(), 1);
    }
}
