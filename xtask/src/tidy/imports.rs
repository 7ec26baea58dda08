//! Who may import whom: the direction of the dependencies is a table, not a habit.

use serde::Deserialize;

use super::finding::Finding;
use crate::workspace::{Dependency, Package};

const TABLE: &str = "xtask/imports.toml";

/// Places are folders from the root; `apps/*` stands for every folder in `apps`.
#[derive(Deserialize)]
pub(crate) struct ImportTable {
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    third_party: Vec<ThirdParty>,
}

#[derive(Deserialize)]
struct Rule {
    of: Vec<String>,
    imports: Vec<String>,
    #[serde(default)]
    tests_import: Vec<String>,
    because: String,
}

/// Crates of others which not every crate of ours may depend on, its tests aside.
#[derive(Deserialize)]
struct ThirdParty {
    crates: Vec<String>,
    #[serde(default)]
    only_in: Vec<String>,
    #[serde(default)]
    not_in: Vec<String>,
    because: String,
}

pub(crate) fn check(packages: &[Package], table: &ImportTable) -> Vec<Finding> {
    packages.iter().flat_map(|package| check_package(package, table)).collect()
}

fn check_package(package: &Package, table: &ImportTable) -> Vec<Finding> {
    let folder = package.folder();
    let Some(rule) = table.rule.iter().find(|rule| holds(&rule.of, folder)) else {
        return vec![Finding::in_file(TABLE, format!("say what {folder} may import"))];
    };
    let refusals = package.dependencies.iter().filter_map(|dependency| {
        rule.refuses(folder, dependency).or_else(|| table.refuses(folder, dependency))
    });
    let manifest = format!("{folder}/Cargo.toml");
    refusals.map(|refusal| Finding::in_file(&manifest, refusal)).collect()
}

impl Rule {
    fn refuses(&self, folder: &str, dependency: &Dependency) -> Option<String> {
        let imported = dependency.folder()?;
        let in_tests = dependency.is_for_tests();
        let allowed = holds(&self.imports, imported)
            || in_tests && (imported == folder || holds(&self.tests_import, imported));
        let who = if in_tests { "the tests of " } else { "" };
        let because = &self.because;
        (!allowed).then(|| format!("{who}{folder} may not import {imported}: {because}"))
    }
}

impl ImportTable {
    fn refuses(&self, folder: &str, dependency: &Dependency) -> Option<String> {
        let name = &dependency.name;
        let broken = self.third_party.iter().find(|rule| {
            rule.crates.contains(name) && !dependency.is_for_tests() && rule.keeps_out(folder)
        })?;
        Some(format!("{folder} may not depend on {name}: {}", broken.because))
    }
}

impl ThirdParty {
    fn keeps_out(&self, folder: &str) -> bool {
        holds(&self.not_in, folder) || !self.only_in.is_empty() && !holds(&self.only_in, folder)
    }
}

fn holds(places: &[String], folder: &str) -> bool {
    places.iter().any(|place| match place.strip_suffix("/*") {
        Some(parent) => folder.rsplit_once('/').is_some_and(|(above, _)| above == parent),
        None => place == folder,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"
        [[rule]]
        of = ["crates/worker"]
        imports = ["crates/core"]
        tests_import = ["crates/testing"]
        because = "it meets the others in the store"

        [[third_party]]
        crates = ["axum"]
        not_in = ["crates/worker"]
        because = "it knows no HTTP"

        [[third_party]]
        crates = ["rusqlite"]
        only_in = ["crates/sqlite"]
        because = "one driver, one place"
    "#;

    fn findings(folder: &str, dependencies: Vec<Dependency>) -> Vec<String> {
        let table = toml::from_str(TABLE).unwrap();
        let packages = [Package::at(folder, dependencies)];
        check(&packages, &table).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_the_table_names_passes() {
        let dependencies = vec![
            Dependency::on_folder("crates/core"),
            Dependency::on_folder("crates/testing").in_tests(),
            Dependency::on_folder("crates/worker").in_tests(),
            Dependency::on_registry("tokio"),
            Dependency::on_registry("axum").in_tests(),
        ];
        assert!(findings("crates/worker", dependencies).is_empty());
    }

    #[test]
    fn a_wrong_direction_fails() {
        let expected = "crates/worker/Cargo.toml: crates/worker may not import crates/http: \
                        it meets the others in the store";
        assert_eq!(
            findings("crates/worker", vec![Dependency::on_folder("crates/http")]),
            [expected]
        );
    }

    #[test]
    fn what_only_tests_may_import_fails_elsewhere() {
        assert_eq!(
            findings("crates/worker", vec![Dependency::on_folder("crates/testing")]).len(),
            1
        );
        let wrong = Dependency::on_folder("crates/http").in_tests();
        assert_eq!(findings("crates/worker", vec![wrong]).len(), 1);
    }

    #[test]
    fn a_crate_of_others_in_the_wrong_place_fails() {
        for name in ["axum", "rusqlite"] {
            assert_eq!(findings("crates/worker", vec![Dependency::on_registry(name)]).len(), 1);
        }
    }

    #[test]
    fn a_package_without_a_rule_fails() {
        let expected = "xtask/imports.toml: say what crates/new may import";
        assert_eq!(findings("crates/new", Vec::new()), [expected]);
    }

    #[test]
    fn a_star_stands_for_one_folder() {
        let apps = ["apps/*".to_owned()];
        assert!(holds(&apps, "apps/rehearsals"));
        assert!(!holds(&apps, "apps") && !holds(&apps, "apps/a/b") && !holds(&apps, "x/apps"));
    }
}
