//! All errors come at once, each with its place, but not without end.

use mass_payments::{Code, MAX_ERRORS, MAX_PAYMENTS};

use crate::request::{VALID, of_length, refused, send_json};

#[test]
fn all_errors_come_at_once_in_the_order_of_the_request() {
    let body = VALID
        .replace("\"payroll-2026-11\"", "1")
        .replace("GB82WEST12345698765432", "GB82WEST12345698765423")
        .replace("\"1000.50\"", "1000.50")
        .replace("\"currency\": \"JPY\",", "")
        .replace("Aoi Akamine", "");
    refused(
        &body,
        &[
            ("/reference", Code::FieldType),
            ("/payments/0/amount", Code::AmountIsNumber),
            ("/payments/0/beneficiary/iban", Code::IbanChecksum),
            ("/payments/1/currency", Code::FieldMissing),
            ("/payments/1/beneficiary/name", Code::TextEmpty),
        ],
    );
}

#[test]
fn an_empty_request_says_what_is_missing() {
    let expected = [("/sell_currency", Code::FundingMissing), ("/payments", Code::FieldMissing)];
    refused("{}", &expected);
    refused(r#"{"payments":null}"#, &expected);
}

#[test]
fn an_empty_line_says_what_is_missing() {
    refused(
        r#"{"trade_id":"TR-1","payments":[{}]}"#,
        &[
            ("/payments/0/line_id", Code::FieldMissing),
            ("/payments/0/currency", Code::FieldMissing),
            ("/payments/0/amount", Code::FieldMissing),
            ("/payments/0/value_date", Code::FieldMissing),
            ("/payments/0/beneficiary", Code::FieldMissing),
        ],
    );
}

#[test]
fn a_batch_has_between_one_and_five_thousand_payments() {
    refused(&of_length(0), &[("/payments", Code::PaymentsEmpty)]);
    send_json(&of_length(1)).unwrap();
    send_json(&of_length(MAX_PAYMENTS)).unwrap();
    refused(&of_length(MAX_PAYMENTS + 1), &[("/payments", Code::PaymentsTooMany)]);
    let message = &send_json(&of_length(5_002)).unwrap_err().errors()[0].message.clone();
    assert_eq!(message, "a batch has at most 5000 payments, this one 5002");
}

#[test]
fn errors_beyond_the_first_thousand_are_only_counted() {
    let body = of_length(MAX_PAYMENTS).replace("GBP", "GPB");
    let errors = send_json(&body).unwrap_err();
    assert_eq!((errors.errors().len(), errors.total()), (MAX_ERRORS, MAX_PAYMENTS));
    assert!(errors.is_truncated());
    assert_eq!(errors.errors()[999].pointer, "/payments/999/currency");
}

#[test]
fn unknown_fields_are_counted_when_there_are_too_many_to_name() {
    let fields: Vec<String> = (0..100).map(|number| format!("\"f{number}\":[{{}}]")).collect();
    let body = VALID.replace("\"reason\"", &format!("{},\"reason\"", fields.join(",")));
    let errors = send_json(&body).unwrap_err();
    assert_eq!((errors.errors().len(), errors.total()), (16, 100));
}

#[test]
fn an_error_names_the_line_if_its_name_is_legible() {
    let with = |line_id: &str| {
        let body = VALID.replace("emp-2", line_id).replace("JPY", "YEN");
        send_json(&body).unwrap_err().errors().last().unwrap().line_id.clone()
    };
    assert_eq!(with("emp-2").as_deref(), Some("emp-2"));
    // Repeated, but still what the caller looks for.
    assert_eq!(with("emp-1").as_deref(), Some("emp-1"));
    assert_eq!(with("emp\\n2"), None);
}

#[test]
fn what_a_message_repeats_is_short() {
    let body = VALID.replace("GBP", &"G".repeat(100_000));
    let message = &send_json(&body).unwrap_err().errors()[0].message.clone();
    assert_eq!(*message, format!("\"{}…\" is no ISO 4217 currency code", "G".repeat(40)));
}

#[test]
fn an_error_as_json_has_pointer_code_and_message() {
    let errors = send_json(&VALID.replace("\"1000.50\"", "1000.50")).unwrap_err();
    assert_eq!(
        serde_json::to_value(errors.errors()).unwrap(),
        serde_json::json!([{
            "pointer": "/payments/0/amount",
            "line_id": "emp-1",
            "code": "AmountIsNumber",
            "message": "amounts are decimal strings, like \"1000.50\"",
        }])
    );
}
