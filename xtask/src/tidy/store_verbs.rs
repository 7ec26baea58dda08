//! `trait Store` stays small, and the conformance suite calls every verb of it.

use super::finding::Finding;
use super::tree::Tree;
use crate::rust_text::{self, is_word};

const STORE: &str = "crates/deferral-core/src/store";
const SUITE: &str = "crates/deferral-testing/src/conformance";
const MOST: usize = 20;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some((path, verbs)) = store(tree) else {
        return vec![Finding::in_file(&format!("{STORE}.rs"), "has no `trait Store`: it moved?")];
    };
    let mut findings = Vec::new();
    if verbs.len() > MOST {
        let advice = format!("{} verbs, at most {MOST}: make one of two", verbs.len());
        findings.push(Finding::in_file(path, advice));
    }
    for verb in verbs.iter().filter(|verb| !is_called(verb, tree)) {
        let advice = format!("`{verb}` has no scenario: write one in {SUITE}");
        findings.push(Finding::in_file(path, advice));
    }
    findings
}

/// The trait's file and the names of its methods.
fn store(tree: &Tree) -> Option<(&str, Vec<String>)> {
    let texts = tree.texts().filter(|(path, _)| is_part_of(path, STORE));
    texts.map(|(path, text)| (path, verbs(text))).find_map(|(path, verbs)| Some((path, verbs?)))
}

/// `module.rs` or a file in `module/`.
fn is_part_of(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn verbs(source: &str) -> Option<Vec<String>> {
    let code = rust_text::masked(source);
    let mut starts = code.match_indices("trait Store").map(|(at, found)| at + found.len());
    let start = starts.find(|at| !code.get(*at..).unwrap_or_default().starts_with(is_word))?;
    let block = code.get(start..)?;
    let block = block.get(..rust_text::block_length(block)?)?;
    Some(block.split("fn ").skip(1).map(name).collect())
}

fn name(after_fn: &str) -> String {
    after_fn.chars().take_while(|character| is_word(*character)).collect()
}

fn is_called(verb: &str, tree: &Tree) -> bool {
    let calls = [format!(".{verb}("), format!("::{verb}(")];
    tree.texts()
        .filter(|(path, _)| is_part_of(path, SUITE))
        .any(|(_, text)| calls.iter().any(|call| rust_text::masked(text).contains(call)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAIT: &str = "
        pub trait StoreError {}
        /// fn not_this()
        pub trait Store: Send + Sync {
            async fn commit(&self) -> Result<(), Refused>;
            fn claim(&self) -> usize { if true { 1 } else { 2 } }
        }
        impl X { fn other(&self) {} }
    ";

    fn findings(store: &str, suite: &str) -> Vec<String> {
        let tree = Tree::of([
            ("crates/deferral-core/src/store.rs", store),
            ("crates/deferral-testing/src/conformance/claim.rs", suite),
        ]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_trait_whose_verbs_are_all_called_passes() {
        assert!(findings(TRAIT, "store.commit().await; Store::claim(&store);").is_empty());
    }

    #[test]
    fn a_verb_without_a_scenario_fails() {
        let found = findings(TRAIT, "store.commit().await; // store.claim()");
        let expected = format!("{STORE}.rs: `claim` has no scenario: write one in {SUITE}");
        assert_eq!(found, [expected]);
    }

    #[test]
    fn too_many_verbs_fail() {
        let verbs = (0..=MOST).map(|number| format!("fn v{number}(&self);\n"));
        let calls = (0..=MOST).map(|number| format!("store.v{number}();\n")).collect::<String>();
        let store = format!("trait Store {{ {} }}", verbs.collect::<String>());
        assert_eq!(findings(&store, &calls).len(), 1);
    }

    #[test]
    fn a_lost_trait_fails() {
        assert_eq!(findings("pub trait Stores {}", "").len(), 1);
    }
}
