//! What a body is written in.

/// What a body is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/json`: the whole mass payment.
    Json,
    /// `text/csv`: the payments; the rest stands in the query.
    Csv,
}

impl MediaType {
    /// Reads a `Content-Type`. `None` means 415.
    pub fn from_content_type(content_type: &str) -> Option<Self> {
        let mut parts = content_type.split(';').map(str::trim);
        let media_type = match parts.next()?.to_ascii_lowercase().as_str() {
            "application/json" => Self::Json,
            "text/csv" => Self::Csv,
            _ => return None,
        };
        parts.all(is_acceptable_parameter).then_some(media_type)
    }
}

/// Any charset but UTF-8 would be misread; other parameters change nothing.
fn is_acceptable_parameter(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_told_apart() {
        let read = MediaType::from_content_type;
        assert_eq!(read("application/json"), Some(MediaType::Json));
        assert_eq!(read("Application/JSON; charset=\"UTF-8\""), Some(MediaType::Json));
        assert_eq!(read("text/csv;header=present"), Some(MediaType::Csv));
        assert_eq!(read("text/csv; charset=iso-8859-1"), None);
        assert_eq!(read("text/plain"), None);
        assert_eq!(read(""), None);
    }
}
