//! Finds what is missing, and installs it or says how to.

use super::package_manager::{self, PackageManager};
use super::tool::{Source, Tool, Tools};
use crate::{Result, console, workspace};

const TESTS: &str = "test";

/// Installs what the tests need.
pub(crate) fn install() -> Result {
    let tools = tools()?;
    let missing = missing(&tools, TESTS);
    let manager = package_manager::detect();
    refresh_package_list(&missing, manager)?;
    for tool in missing {
        let command = tool.source(manager)?.command();
        console::heading(&format!("{}: {command}", tool.name));
        command.run()?;
    }
    check()
}

/// Fails with the exact commands if something that the tests need is missing.
pub(crate) fn check() -> Result {
    require(TESTS)
}

/// Fails with the exact commands if something that one of our own commands needs is missing.
pub(crate) fn require(purpose: &str) -> Result {
    let tools = tools()?;
    let missing = missing(&tools, purpose);
    if missing.is_empty() {
        return Ok(());
    }
    Err(explain(&missing, package_manager::detect()).into())
}

fn tools() -> Result<Tools> {
    workspace::table("xtask/tools.toml")
}

fn missing<'a>(tools: &'a Tools, purpose: &str) -> Vec<&'a Tool> {
    tools.tool.iter().filter(|tool| tool.needed_for == purpose && !tool.is_present()).collect()
}

/// On a fresh machine the list is empty, and nothing would be found in it.
fn refresh_package_list(missing: &[&Tool], manager: Option<&PackageManager>) -> Result {
    let is_packaged = |tool: &&Tool| matches!(tool.source(manager), Ok(Source::Packages(..)));
    match manager.and_then(PackageManager::refresh) {
        Some(refresh) if missing.iter().any(is_packaged) => refresh.run(),
        _ => Ok(()),
    }
}

fn explain(missing: &[&Tool], manager: Option<&PackageManager>) -> String {
    let lines = missing.iter().map(|tool| match tool.source(manager) {
        Ok(source) => format!("{} is missing; run: {}", tool.described(), source.command()),
        Err(advice) => advice,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"
        [[tool]]
        name = "cargo"
        check = "cargo --version"
        because = "builds"
        command = "install cargo"

        [[tool]]
        name = "frobnicator"
        check = "no-such-frobnicator --version"
        because = "frobnicates"
        command = "cargo install --locked frobnicator"

        [[tool]]
        name = "polisher"
        check = "no-such-polisher --version"
        because = "polishes"
        needed_for = "polish"
        packages = { dnf = "polisher" }
    "#;

    #[test]
    fn only_what_is_missing_and_needed_is_asked_for() {
        let tools: Tools = toml::from_str(TABLE).unwrap();
        let names =
            |purpose| missing(&tools, purpose).iter().map(|t| &t.name[..]).collect::<Vec<_>>();
        assert_eq!(names("test"), ["frobnicator"]);
        assert_eq!(names("polish"), ["polisher"]);
    }

    #[test]
    fn a_missing_tool_is_told_with_its_exact_command() {
        let tools: Tools = toml::from_str(TABLE).unwrap();
        assert_eq!(
            explain(&missing(&tools, "test"), None),
            "frobnicator (frobnicates) is missing; run: cargo install --locked frobnicator"
        );
    }

    #[test]
    fn a_tool_that_cannot_be_installed_is_told_too() {
        let tools: Tools = toml::from_str(TABLE).unwrap();
        let told = explain(&missing(&tools, "polish"), None);
        assert!(told.starts_with("polisher (polishes) is missing"), "{told}");
    }

    #[test]
    fn every_tool_of_ours_is_known_to_every_package_manager() {
        for tool in tools().unwrap().tool {
            for manager in &package_manager::KNOWN {
                assert!(tool.source(Some(manager)).is_ok(), "{} with {}", tool.name, manager.name);
            }
        }
    }
}
