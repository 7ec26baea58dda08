//! The caller's word for "this is the same request again".

use axum::http::HeaderMap;

use crate::header::IDEMPOTENCY_KEY;
use crate::problem::Problem;

const LONGEST: usize = 255;

/// The key, quoted as the draft has it or bare as most clients send it.
pub(crate) fn read(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut fields = headers.get_all(IDEMPOTENCY_KEY).into_iter();
    let (Some(field), second) = (fields.next(), fields.next()) else { return Ok(None) };
    let text = field.to_str().ok().filter(|_| second.is_none()).map(str::trim);
    let key = text.and_then(|text| match text.strip_prefix('"') {
        Some(rest) => unquoted(rest),
        None => bare(text),
    });
    let fits = |key: &String| !key.is_empty() && key.len() <= LONGEST;
    key.filter(fits).map(Some).ok_or_else(Problem::idempotency_key_invalid)
}

/// A comma would be a list, and a quote inside a structured string gone wrong.
fn bare(text: &str) -> Option<String> {
    let good = |byte: u8| byte.is_ascii_graphic() && byte != b',' && byte != b'"';
    text.bytes().all(good).then(|| text.to_owned())
}

/// What stands before the closing quote, which must end the field.
fn unquoted(rest: &str) -> Option<String> {
    let mut key = String::with_capacity(rest.len());
    let mut letters = rest.chars();
    loop {
        match letters.next()? {
            '"' => break,
            '\\' => key.push(letters.next().filter(|letter| matches!(letter, '"' | '\\'))?),
            letter @ ' '..='~' => key.push(letter),
            _ => return None,
        }
    }
    letters.next().is_none().then_some(key)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn key(text: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(IDEMPOTENCY_KEY, HeaderValue::from_str(text).unwrap());
        read(&headers).ok().flatten()
    }

    #[test]
    fn quoted_and_bare_are_the_same_key() {
        assert_eq!(key("8e03978e-40d5").as_deref(), Some("8e03978e-40d5"));
        assert_eq!(key("\"8e03978e-40d5\"").as_deref(), Some("8e03978e-40d5"));
        assert_eq!(key(r#""a b\"c\\""#).as_deref(), Some(r#"a b"c\"#));
    }

    #[test]
    fn malformed_keys_are_refused() {
        for text in
            ["", "\"\"", "\"open", "a,b", "a\"b", "\"a\" \"b\"", "\"a\";x=1", "a b", "\"a\\n\""]
        {
            assert_eq!(key(text), None, "{text}");
        }
        assert!(key(&"x".repeat(LONGEST)).is_some());
        assert_eq!(key(&"x".repeat(LONGEST + 1)), None);
    }

    #[test]
    fn two_fields_are_no_key() {
        let mut headers = HeaderMap::new();
        assert_eq!(read(&headers).ok(), Some(None));
        headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static("a"));
        headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static("a"));
        assert!(read(&headers).is_err());
    }
}
