//! Why the back office rejected a line, in the words of our API.

use std::fmt;

use serde::Deserialize;

use super::refusal::excerpt;

/// Longer codes than this are no codes.
const LONGEST_CODE: usize = 64;

/// Why a line was rejected.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct LineRefusal {
    code: String,
    message: String,
}

impl LineRefusal {
    /// Its code, written as ours are.
    pub(crate) fn code(&self) -> String {
        Pascal(&self.code).to_string()
    }

    /// Its sentence for people, as far as it is legible.
    pub(crate) fn message(&self) -> String {
        excerpt(&self.message)
    }
}

/// A code of the back office as our API writes codes: `account_closed` is `AccountClosed`.
struct Pascal<'a>(&'a str);

impl fmt::Display for Pascal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.split(|letter: char| !letter.is_ascii_alphanumeric());
        let words: String = words.map(capitalized).collect();
        let is_code = words.starts_with(|letter: char| letter.is_ascii_uppercase());
        f.write_str(if is_code && words.len() <= LONGEST_CODE { &words } else { "Rejected" })
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_as_ours_are() {
        for (theirs, ours) in [
            ("account_closed", "AccountClosed"),
            ("over-limit", "OverLimit"),
            ("E42", "E42"),
            ("AlreadyPascal", "AlreadyPascal"),
            ("", "Rejected"),
            ("42", "Rejected"),
            ("_ä", "Rejected"),
            (&"x".repeat(65), "Rejected"),
        ] {
            assert_eq!(Pascal(theirs).to_string(), ours, "{theirs}");
        }
    }
}
