//! No bytes make the parser panic, and an answer is never without end.

use mass_payments::{MAX_ERRORS, MediaType};
use proptest::prelude::*;

use crate::request::{VALID, VALID_CSV, send, valid_parameters};

fn survives(body: &[u8]) {
    for media_type in [MediaType::Json, MediaType::Csv] {
        if let Ok(Err(errors)) = send(media_type, body, &valid_parameters()) {
            assert!((1..=MAX_ERRORS).contains(&errors.errors().len()));
            assert!(errors.errors().len() <= errors.total());
        }
    }
}

/// A valid body with a piece replaced: closer to the rules than noise.
fn damaged(body: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..8),
        "[\\[\\]{}\",:0-9a-z\\\\.\\-\r\n]{0,8}".prop_map(String::into_bytes),
        "\\PC{0,8}".prop_map(String::into_bytes),
    ];
    (0..body.len(), 0..64_usize, piece).prop_map(move |(start, length, piece)| {
        let end = (start + length).min(body.len());
        [&body.as_bytes()[..start], &piece, &body.as_bytes()[end..]].concat()
    })
}

proptest! {
    #[test]
    fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..512)) {
        survives(&body);
    }

    #[test]
    fn any_json_like_text_is_survived(body in "([\\[{]|[\\]},:]|\"[a-z]{0,3}\"|-?[0-9.eE]{1,4}|null|true){0,60}") {
        survives(body.as_bytes());
    }

    #[test]
    fn damaged_documents_are_survived(body in damaged(VALID)) {
        survives(&body);
    }

    #[test]
    fn damaged_files_are_survived(body in damaged(VALID_CSV)) {
        survives(&body);
    }
}
