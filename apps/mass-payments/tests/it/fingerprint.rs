//! The same payments have the same fingerprint, other payments another.

use crate::request::{VALID, VALID_CSV, send_csv, send_json};

fn fingerprint(from: &str, to: &str) -> String {
    assert!(VALID.contains(from), "{from}");
    send_json(&VALID.replacen(from, to, 1)).unwrap().fingerprint()
}

/// Releases side by side must agree about what a duplicate is.
#[test]
fn a_fingerprint_stays_the_same_over_releases() {
    let expected = "f9f7031d121973f4c5ec04527c4088027b164bd34c3f1caad28b8ac3cbef8ff8";
    assert_eq!(send_json(VALID).unwrap().fingerprint(), expected);
}

#[test]
fn how_a_batch_was_sent_and_shall_be_handled_does_not_matter() {
    let original = send_json(VALID).unwrap().fingerprint();
    for (from, to) in [
        ("\"payroll-2026-11\"", "null"),
        ("\"accept_immediately\": true", "\"accept_immediately\": false"),
        ("proceed_with_valid", "hold"),
        ("2026-11-30T12:00:00Z", "2026-11-29T12:00:00Z"),
        ("\"sell_currency\": \"EUR\"", "\"trade_id\": \"TR-1\""),
        ("\"allow_duplicate\": true", "\"allow_duplicate\": false"),
        ("1000.50", "1000.5"),
        ("GB82WEST12345698765432", "gb82 west 1234 5698 7654 32"),
    ] {
        assert_eq!(fingerprint(from, to), original, "{from} → {to}");
    }
    assert_eq!(send_csv(VALID_CSV).unwrap().fingerprint(), original);
}

#[test]
fn the_order_of_the_lines_does_not_matter() {
    let mut rows: Vec<&str> = VALID_CSV.lines().collect();
    rows[1..].reverse();
    let reversed = send_csv(&rows.join("\n")).unwrap();
    assert_eq!(reversed.payments[0].line_id, "emp-2");
    assert_eq!(reversed.fingerprint(), send_json(VALID).unwrap().fingerprint());
}

#[test]
fn whatever_changes_a_payment_changes_the_fingerprint() {
    let original = send_json(VALID).unwrap().fingerprint();
    for (from, to) in [
        ("emp-1", "emp-3"),
        ("1000.50", "1000.51"),
        ("GBP", "EUR"),
        ("2026-11-25", "2026-11-26"),
        ("Alice Ashworth", "Alice Barlow"),
        ("GB82WEST12345698765432", "GB33BUKB20201555555555"),
        ("WESTGB22", "WESTGB2L"),
        ("\"country\": \"GB\"", "\"country\": \"IE\""),
        ("Salary 1", "Salary 2"),
        ("\"salary\"", "\"bonus\""),
        ("\"salary\"", "null"),
        ("1234567", "1234568"),
    ] {
        assert_ne!(fingerprint(from, to), original, "{from} → {to}");
    }
}

#[test]
fn a_text_that_moves_to_the_next_field_is_another_payment() {
    let both = "\"reference\": \"Salary 1\",\n      \"reason\": \"salary\"";
    let fused = fingerprint(both, "\"reference\": \"Salary 1salary\"");
    let moved = fingerprint(both, "\"reason\": \"Salary 1salary\"");
    assert_ne!(fused, moved);
}
