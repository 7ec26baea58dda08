//! How deep JSON is nested: what is too deep can be written, but never read again.

use serde_json::Value;

/// The deepest that a value may be nested: readers give up at 128, and a store wraps values into
/// documents of its own.
pub const DEEPEST: usize = 100;

/// A value is nested deeper than [`DEEPEST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is nested deeper than {DEEPEST} levels, and could not be read again")]
pub struct TooDeep;

/// Refuses a value that could not be read again.
pub fn check_depth(value: &Value) -> Result<(), TooDeep> {
    if is_within(value, DEEPEST) { Ok(()) } else { Err(TooDeep) }
}

fn is_within(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|item| is_within(item, levels - 1)),
        Value::Object(members) => {
            levels > 0 && members.values().all(|member| is_within(member, levels - 1))
        }
        _ => true,
    }
}

/// Refuses JSON text that could not be read again, as part of something larger.
pub(crate) fn check_text_depth(json: &[u8]) -> Result<(), TooDeep> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(TooDeep);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(Value::Null, |inner, level| {
            if level % 2 == 0 { Value::Array(vec![inner]) } else { serde_json::json!({"a": inner}) }
        })
    }

    #[test]
    fn the_deepest_is_let_through_and_nothing_deeper() {
        for (levels, passes) in [(0, true), (DEEPEST, true), (DEEPEST + 1, false), (126, false)] {
            let value = nested(levels);
            assert_eq!(check_depth(&value).is_ok(), passes, "{levels}");
            let text = serde_json::to_vec(&value).unwrap();
            assert_eq!(check_text_depth(&text).is_ok(), passes, "{levels}");
        }
    }

    #[test]
    fn brackets_in_a_text_are_no_levels() {
        let text = format!(r#"["{}\\", "\"[[{{"]"#, "[{".repeat(200));
        assert_eq!(check_text_depth(text.as_bytes()), Ok(()));
    }

    #[test]
    fn wide_is_not_deep() {
        let wide = Value::Array(vec![nested(DEEPEST - 1); 50]);
        assert_eq!(check_depth(&wide), Ok(()));
        assert_eq!(check_text_depth(&serde_json::to_vec(&wide).unwrap()), Ok(()));
    }
}
