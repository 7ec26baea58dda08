//! The list of scenarios is whole: one that is written but not listed would prove nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn source(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance").join(file);
    fs::read_to_string(path).unwrap()
}

/// `module` and `name` of every scenario in the list.
fn listed() -> BTreeSet<(String, String)> {
    let list = source("list.rs");
    let mut module = "";
    let mut listed = BTreeSet::new();
    for line in
        list.lines().map(str::trim).skip_while(|line| !line.starts_with("$crate::scenarios!"))
    {
        let is_name = line.starts_with(|first: char| first.is_ascii_lowercase());
        match line.strip_suffix(" {") {
            Some(name) if is_name => module = name,
            None if is_name => {
                let name = (module.to_owned(), line.to_owned());
                assert!(listed.insert(name), "{line} is listed twice");
            }
            _ if line == "};" => break,
            _ => {}
        }
    }
    listed
}

/// `module` and `name` of every scenario in the sources.
fn written() -> BTreeSet<(String, String)> {
    let index = source("mod.rs");
    let modules = index.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let names = |module: &str| {
        let text = source(&format!("{module}.rs"));
        let lines = text.lines().filter_map(|line| line.strip_prefix("pub async fn "));
        let names = lines.filter_map(|line| line.split('(').next());
        names.map(|name| (module.to_owned(), name.to_owned())).collect::<Vec<_>>()
    };
    modules.flat_map(names).collect()
}

#[test]
fn every_scenario_is_listed() {
    let (listed, written) = (listed(), written());
    assert!(written.len() > 100, "{} were found", written.len());
    let missing: Vec<_> = written.difference(&listed).collect();
    assert!(missing.is_empty(), "write into conformance/list.rs: {missing:?}");
}
