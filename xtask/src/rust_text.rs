//! Reads Rust source just well enough to count its lines of code.
//!
//! Not a parser: it knows comments, literals and braces, which is all that the checks need.

/// Lines that hold code: no comments, documentation, blank lines or inline test modules.
pub(crate) fn code_lines(source: &str) -> usize {
    without_test_modules(&masked(source)).lines().filter(|line| !line.trim().is_empty()).count()
}

/// The source with comments blanked and literals replaced by `_`; every line stays in its place,
/// so that a brace in a string is not taken for a brace.
pub(crate) fn masked(source: &str) -> String {
    let mut masked = String::with_capacity(source.len());
    let mut rest = source;
    while !rest.is_empty() {
        let (kind, length) = token(rest);
        let (text, after) = rest.split_at(length);
        match kind {
            Kind::Code => masked.push_str(text),
            Kind::Comment => masked.extend(text.chars().map(blank)),
            Kind::Literal => masked.extend(text.chars().map(underscore)),
        }
        rest = after;
    }
    masked
}

/// The length of the block that begins with the first `{` of masked code, its braces included.
pub(crate) fn block_length(masked: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in masked.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(at + 1),
            '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// Letters, digits and `_`: what a word in code is made of.
pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

enum Kind {
    Code,
    Comment,
    Literal,
}

fn blank(character: char) -> char {
    if character == '\n' { '\n' } else { ' ' }
}

fn underscore(character: char) -> char {
    if character.is_whitespace() { character } else { '_' }
}

/// What the text begins with, and how many bytes long that is.
fn token(rest: &str) -> (Kind, usize) {
    if rest.starts_with("//") {
        (Kind::Comment, rest.find('\n').unwrap_or(rest.len()))
    } else if rest.starts_with("/*") {
        (Kind::Comment, block_comment_length(rest))
    } else if let Some(length) = raw_string_length(rest) {
        (Kind::Literal, length)
    } else if rest.starts_with('"') {
        (Kind::Literal, quoted_length(rest, '"'))
    } else if is_character_literal(rest) {
        (Kind::Literal, quoted_length(rest, '\''))
    } else {
        (Kind::Code, code_length(rest))
    }
}

/// A whole word at a time, so that the `r` in `for"` begins no raw string.
fn code_length(rest: &str) -> usize {
    let word = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
    if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) }
}

fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let here = rest.get(at..).unwrap_or_default();
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn raw_string_length(rest: &str) -> Option<usize> {
    let after = ["r", "br", "cr"].iter().find_map(|prefix| rest.strip_prefix(prefix))?;
    let body = after.trim_start_matches('#');
    let hashes = after.len() - body.len();
    let body = body.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let opening = rest.len() - body.len();
    Some(body.find(&end).map_or(rest.len(), |at| opening + at + end.len()))
}

fn quoted_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Tells `'a'` from the lifetime `'a`.
fn is_character_literal(rest: &str) -> bool {
    let mut characters = rest.chars();
    if characters.next() != Some('\'') {
        return false;
    }
    characters.next() == Some('\\') || characters.next() == Some('\'')
}

fn without_test_modules(masked: &str) -> String {
    let mut kept = String::with_capacity(masked.len());
    let mut rest = masked;
    while let Some(at) = rest.find("#[cfg(") {
        let (before, here) = rest.split_at(at);
        kept.push_str(before);
        let (condition, after) = here.split_at("#[cfg(".len());
        rest = match test_module_length(here) {
            Some(length) => here.split_at(length).1,
            None => {
                kept.push_str(condition);
                after
            }
        };
    }
    kept.push_str(rest);
    kept
}

/// How long `#[cfg(test)] mod name { … }` is, if the text begins with one.
fn test_module_length(rest: &str) -> Option<usize> {
    if !rest.starts_with("#[cfg(test)]") && !rest.starts_with("#[cfg(all(test") {
        return None;
    }
    let mut after = rest;
    while after.starts_with("#[") {
        after = after.get(after.find(']')? + 1..)?.trim_start();
    }
    let (head, _) = after.split_once('{')?;
    let is_module = head.starts_with("mod ") && !head.contains(';');
    is_module.then(|| Some(rest.len() - after.len() + block_length(after)?)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_documentation_and_blank_lines_are_not_code() {
        let source = "//! Doc.\n\n/* a /* nested */\n comment */\n/// Doc.\nfn f() {} // why\n";
        assert_eq!(code_lines(source), 1);
    }

    #[test]
    fn an_inline_test_module_is_not_code() {
        let source = "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    fn g() { let _ = '}'; }\n}\n";
        assert_eq!(code_lines(source), 1);
    }

    #[test]
    fn code_after_an_inline_test_module_counts() {
        let source = "#[cfg(all(test, unix))]\n#[rustfmt::skip]\nmod t {\n}\nfn f() {}\n";
        assert_eq!(code_lines(source), 1);
    }

    #[test]
    fn what_only_looks_like_a_test_module_counts() {
        assert_eq!(code_lines("#[cfg(test)]\nmod tests;\nfn f() {\n}\n"), 4);
        assert_eq!(code_lines("#[cfg(unix)]\nmod unix {\n}\n"), 3);
        assert_eq!(code_lines("#[cfg(test)]\nimpl A {\n}\n"), 3);
    }

    #[test]
    fn braces_and_slashes_in_literals_are_text() {
        let source =
            "let a = \"// \\\" {\";\nlet b = r#\"/* \" {\"#;\nlet c = '\"';\nlet d: &'a str;";
        let masked = masked(source);
        assert!(!masked.contains('{') && !masked.contains('/'), "{masked}");
        assert!(masked.ends_with("let d: &'a str;"), "{masked}");
        assert_eq!(code_lines(source), 4);
    }

    #[test]
    fn a_string_of_many_lines_is_code() {
        assert_eq!(code_lines("const A: &str = \"one\n  two\n\n  three\";\n"), 3);
    }

    #[test]
    fn a_block_ends_where_its_braces_do() {
        assert_eq!(block_length("mod a { { } } }"), Some("mod a { { } }".len()));
        assert_eq!(block_length("mod a { {"), None);
    }
}
