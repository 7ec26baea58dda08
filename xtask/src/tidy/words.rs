//! One word per thing: the synonyms that lost are not used, in code, SQL or prose.

use serde::Deserialize;

use super::finding::Finding;
use super::tree::Tree;
use crate::rust_text::is_word;

/// The only file that has to name the losing words, and the one that no person writes.
const EXEMPT: [&str; 2] = [LIST, "Cargo.lock"];
const LIST: &str = "xtask/words.toml";

#[derive(Default, Deserialize)]
pub(crate) struct Words {
    #[serde(default)]
    pub(crate) file_names: Vec<String>,
    #[serde(default)]
    word: Vec<Word>,
    #[serde(default)]
    allow: Vec<Allowance>,
}

/// A whole word, whatever its case; a `*` at either end stands for any letters.
#[derive(Deserialize)]
struct Word {
    word: String,
    instead: String,
    why: String,
    /// Names that others gave, which hold the word.
    #[serde(default)]
    except: Vec<String>,
}

/// A file which cannot do without a word.
#[derive(Deserialize)]
struct Allowance {
    path: String,
    word: String,
    why: String,
}

pub(crate) fn check(tree: &Tree, words: &Words) -> Vec<Finding> {
    let texts = tree.texts().filter(|(path, _)| !EXEMPT.contains(path));
    let mut findings: Vec<Finding> =
        texts.flat_map(|(path, text)| in_text(path, text, words)).collect();
    findings.extend(words.allow.iter().filter_map(|allowance| judge(allowance, tree, words)));
    findings
}

fn in_text(path: &str, text: &str, words: &Words) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, number) in text.lines().map(str::to_lowercase).zip(1..) {
        for word in words.word.iter().filter(|word| word.is_in(&line)) {
            if !words.allow.iter().any(|allowed| allowed.path == path && allowed.word == word.word)
            {
                let message = format!("not `{}` but {}: {}", word.word, word.instead, word.why);
                findings.push(Finding::at_line(path, number, message));
            }
        }
    }
    findings
}

/// An allowance that nothing needs, or that nobody explains, is removed.
fn judge(allowance: &Allowance, tree: &Tree, words: &Words) -> Option<Finding> {
    let Allowance { path, word, why } = allowance;
    let listed = words.word.iter().find(|listed| listed.word == *word);
    let text = tree.text(path).unwrap_or_default().to_lowercase();
    let needed = listed.is_some_and(|listed| text.lines().any(|line| listed.is_in(line)));
    if !needed {
        return Some(Finding::in_file(LIST, format!("remove the allowance of `{word}` in {path}")));
    }
    let silent = why.trim().is_empty();
    silent.then(|| Finding::in_file(LIST, format!("say why {path} may use `{word}`")))
}

impl Word {
    /// Whether a line, in lower case, uses the word.
    fn is_in(&self, line: &str) -> bool {
        let without = |line: String, name: &String| line.replace(&name.to_lowercase(), "");
        let line = self.except.iter().fold(line.to_owned(), without);
        let word = self.word.to_lowercase();
        let letters = word.trim_matches('*');
        line.match_indices(letters).any(|(at, _)| {
            let (before, rest) = line.split_at(at);
            let after = rest.strip_prefix(letters).unwrap_or_default();
            let starts =
                word.starts_with('*') || !joins(before.chars().last(), letters.chars().next());
            let ends = word.ends_with('*') || !joins(letters.chars().last(), after.chars().next());
            starts && ends
        })
    }
}

/// Whether two neighbors belong to one word.
fn joins(left: Option<char>, right: Option<char>) -> bool {
    left.is_some_and(is_word) && right.is_some_and(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = r#"
        [[word]]
        word = "glorp"
        instead = "claim"
        why = "a claim ends by itself"

        [[word]]
        word = "*blimp*"
        instead = "balloon"
        why = "lighter than air"
        except = ["is_blimped("]
    "#;

    fn findings(text: &str, more: &str) -> Vec<String> {
        let words: Words = toml::from_str(&format!("{WORDS}{more}")).unwrap();
        check(&Tree::of([("a.rs", text)]), &words).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_right_words_pass() {
        assert!(findings("fn claim() {}\nfn glorpd_by_others() {}\n", "").is_empty());
    }

    #[test]
    fn a_losing_word_fails_whatever_its_case() {
        let expected = "a.rs:2: not `glorp` but claim: a claim ends by itself";
        assert_eq!(findings("fn claim() {}\n/// Glorp.\n", ""), [expected]);
    }

    #[test]
    fn a_star_stands_for_any_letters() {
        assert_eq!(findings("struct OddBlimps;", "").len(), 1);
    }

    #[test]
    fn a_name_given_by_others_passes() {
        assert!(findings("if other.is_blimped() {}", "").is_empty());
        assert_eq!(findings("if other.is_blimped() { blimp() }", "").len(), 1);
    }

    #[test]
    fn an_allowance_is_for_one_word_in_one_file() {
        let allow = r#"
            [[allow]]
            path = "a.rs"
            word = "glorp"
            why = "quotes another product"
        "#;
        assert!(findings("glorp", allow).is_empty());
        assert_eq!(findings("glorp a blimp", allow).len(), 1);
        let needless = format!("{LIST}: remove the allowance of `glorp` in a.rs");
        assert_eq!(findings("claim", allow), [needless]);
    }

    #[test]
    fn an_allowance_says_why() {
        let allow = "[[allow]]\npath = \"a.rs\"\nword = \"glorp\"\nwhy = \"\"";
        assert_eq!(findings("glorp", allow), [format!("{LIST}: say why a.rs may use `glorp`")]);
    }
}
