//! Every deliberate mistake can really be made: a canary that no line asks about proves nothing.

use super::file_kind::is_product;
use super::finding::Finding;
use super::tree::Tree;
use crate::rust_text;

const CANARIES: &str = "crates/deferral-core/src/canary.rs";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(CANARIES) else {
        return vec![Finding::in_file(CANARIES, "is not there: it moved?")];
    };
    let canaries = variants(text);
    if canaries.is_empty() {
        return vec![Finding::in_file(CANARIES, "has no `enum Canary`: it moved?")];
    }
    let asks = |name: &str, line: usize| {
        let advice = format!("no line asks `is(Canary::{name})`: put the mistake in, or remove it");
        (!is_asked(name, tree)).then(|| Finding::at_line(CANARIES, line, advice))
    };
    canaries.into_iter().filter_map(|(name, line)| asks(name, line)).collect()
}

/// The variants, each with its line.
fn variants(text: &str) -> Vec<(&str, usize)> {
    let lines = text.lines().zip(1..);
    let inside = lines.skip_while(|(line, _)| *line != "pub enum Canary {").skip(1);
    let inside = inside.take_while(|(line, _)| *line != "}");
    inside.filter_map(|(line, number)| Some((name(line)?, number))).collect()
}

fn name(line: &str) -> Option<&str> {
    let name = line.trim().strip_suffix(',')?;
    name.starts_with(char::is_uppercase).then_some(name)
}

fn is_asked(name: &str, tree: &Tree) -> bool {
    let mistake = format!("Canary::{name}");
    tree.texts()
        .filter(|(path, _)| *path != CANARIES && is_product(path))
        .any(|(_, text)| has_word(&rust_text::masked(text), &mistake))
}

fn has_word(code: &str, word: &str) -> bool {
    let after = |at: usize| code.get(at + word.len()..).unwrap_or_default();
    code.match_indices(word).any(|(at, _)| !after(at).starts_with(rust_text::is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str =
        "/// A mistake.\npub enum Canary {\n    /// One.\n    Late,\n    LateTwice,\n}\n";

    fn findings(code: &str) -> Vec<String> {
        let tree = Tree::of([(CANARIES, TWO), ("crates/deferral-worker/src/slots.rs", code)]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn canaries_that_are_asked_about_pass() {
        assert!(findings("canary::is(Canary::Late) || canary::is(Canary::LateTwice)").is_empty());
    }

    #[test]
    fn a_canary_that_nobody_asks_about_fails() {
        let found = findings("// Canary::Late\ncanary::is(Canary::LateTwice)");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("{CANARIES}:4: ")), "{found:?}");
    }

    #[test]
    fn a_list_that_is_not_found_fails() {
        assert_eq!(check(&Tree::of([("a.rs", "")])).len(), 1);
        assert_eq!(check(&Tree::of([(CANARIES, "mod canary;")])).len(), 1);
    }
}
