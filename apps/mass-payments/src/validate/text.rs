//! Texts for people, and names that machines compare.

use crate::code::Code;
use crate::line_error::Defect;

const MAX_NAME: usize = 64;

/// A text that people read: not blank, not too long, on one line.
pub(super) fn text(text: String, max: usize) -> Result<String, Defect> {
    if text.trim().is_empty() {
        return Err(Defect::new(Code::TextEmpty, "must not be empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(Defect::new(Code::TextControlCharacter, "must have no control characters"));
    }
    let length = text.chars().count();
    if length > max {
        let message = format!("must have at most {max} characters, not {length}");
        return Err(Defect::new(Code::TextTooLong, message));
    }
    Ok(text)
}

/// A name: visible, so that two that look alike are alike.
pub(super) fn name(text: String, code: Code) -> Result<String, Defect> {
    if is_name(&text) {
        Ok(text)
    } else {
        let message = format!("must be 1 to {MAX_NAME} visible ASCII characters");
        Err(Defect::new(code, message))
    }
}

pub(super) fn is_name(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(given: &str, code: Code) {
        assert_eq!(text(given.to_owned(), 3).map_err(|defect| defect.code), Err(code), "{given:?}");
    }

    #[test]
    fn a_text_is_counted_in_characters() {
        assert_eq!(text("äöü".to_owned(), 3).as_deref(), Ok("äöü"));
        refused("äöüa", Code::TextTooLong);
    }

    #[test]
    fn a_text_says_something_on_one_line() {
        for blank in ["", " ", "\u{a0}", "\n"] {
            refused(blank, Code::TextEmpty);
        }
        for control in ["a\n", "a\tb", "\0a", "a\u{7f}", "a\u{85}"] {
            refused(control, Code::TextControlCharacter);
        }
    }

    #[test]
    fn a_name_is_visible() {
        let long = "x".repeat(65);
        for given in ["", "a b", "ä", "a\n", &long] {
            let result = name(given.to_owned(), Code::LineIdFormat);
            assert_eq!(result.map_err(|defect| defect.code), Err(Code::LineIdFormat), "{given:?}");
        }
        assert!(name("emp/0001#!~".to_owned(), Code::LineIdFormat).is_ok());
    }
}
