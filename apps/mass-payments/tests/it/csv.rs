//! What is read from CSV files, and what is no file of payments at all.

use mass_payments::{Code, Malformed, MediaType};

use crate::request::{
    VALID, VALID_CSV, parameters, places, send, send_csv, send_json, valid_parameters,
};

fn malformed(body: &str) -> Malformed {
    send(MediaType::Csv, body.as_bytes(), &valid_parameters()).expect_err("the file can't be read")
}

#[test]
fn a_file_and_a_document_say_the_same() {
    assert_eq!(send_csv(VALID_CSV), send_json(VALID));
}

#[test]
fn line_breaks_byte_order_mark_and_empty_lines_do_not_matter() {
    for body in [
        VALID_CSV.replace('\n', "\r\n"),
        format!("\u{feff}{VALID_CSV}"),
        format!("{VALID_CSV}\r\n\n"),
        VALID_CSV.trim_end().to_owned(),
    ] {
        assert_eq!(send_csv(&body), send_json(VALID), "{body:?}");
    }
}

#[test]
fn columns_come_in_any_order_and_optional_ones_may_be_left_out() {
    let body = "beneficiary_iban,beneficiary_name,value_date,currency,amount,line_id\n\
                GB82WEST12345698765432,\"Ashworth, \"\"Alice\"\"\",2026-11-25,GBP,1.00,emp-1\n";
    let mass_payment = send_csv(body).unwrap();
    assert_eq!(mass_payment.payments[0].beneficiary.name, "Ashworth, \"Alice\"");
}

#[test]
fn errors_have_the_pointer_of_the_document_and_the_line_of_the_file() {
    let errors = send_csv(&VALID_CSV.replace("GB82", "GB83").replace("250000", "2.5")).unwrap_err();
    assert_eq!(
        places(&errors),
        [
            ("/payments/0/beneficiary/iban", Code::IbanChecksum),
            ("/payments/1/amount", Code::AmountDecimals),
        ]
    );
    let second = &errors.errors()[1];
    assert_eq!(second.line_id.as_deref(), Some("emp-2"));
    assert_eq!(second.message, "JPY has no decimals, the amount has 1 (file line 3)");
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let body = VALID_CSV.replace("Alice Ashworth", "\"Alice\nAshworth\"").replace("JPY", "YEN");
    let errors = send_csv(&body).unwrap_err();
    let lines: Vec<&str> =
        errors.errors().iter().filter_map(|error| error.message.split(" (").nth(1)).collect();
    assert_eq!(lines, ["file line 2)", "file line 4)"]);
}

#[test]
fn a_row_with_too_few_or_too_many_cells_is_one_error() {
    for row in ["emp-3,1.00", "emp-3,1,000.50,GBP,2026-11-25,A,,1,,GB,,salary"] {
        let errors = send_csv(&format!("{VALID_CSV}{row}\n")).unwrap_err();
        assert_eq!(places(&errors), [("/payments/2", Code::CellCount)], "{row}");
        assert!(errors.errors()[0].message.ends_with("(file line 4)"));
    }
}

#[test]
fn a_header_alone_is_an_empty_batch() {
    let header = VALID_CSV.lines().next().unwrap();
    assert_eq!(places(&send_csv(header).unwrap_err()), [("/payments", Code::PaymentsEmpty)]);
}

#[test]
fn a_header_that_is_not_understood_refuses_the_file() {
    let message = |body: &str| malformed(body).message;
    assert_eq!(message(""), "the file is empty; it must begin with a header");
    assert_eq!(message("line_id,amount\n"), "the header has no column currency");
    assert_eq!(message("line_id,line_id\n"), "the header has the column line_id twice");
    assert!(message(&VALID_CSV.replace(',', ";")).contains("not by semicolons"));
    assert!(message(&VALID_CSV.replace("beneficiary_iban", "iban")).contains("column \"iban\""));
    assert!(message("emp-1,1000.50,GBP\n").contains("the columns are line_id, amount"));
}

#[test]
fn a_quote_that_is_never_closed_swallows_no_payment() {
    let malformed = malformed(&VALID_CSV.replace("Alice", "\"Alice"));
    assert_eq!((malformed.line, malformed.column), (2, 30));
    assert_eq!(malformed.message, "the quoted cell that begins here is never closed");
}

#[test]
fn places_are_right_behind_a_byte_order_mark() {
    let plain = malformed("line_id,am\"ount\n");
    let marked = malformed("\u{feff}line_id,am\"ount\n");
    assert_eq!((plain.line, plain.column), (1, 11));
    assert_eq!((marked.line, marked.column), (1, 14));
}

#[test]
fn parameters_are_checked_like_fields() {
    let given = parameters(
        "accept_immediately=yes&on_errors=never&sell_currency=EUR&trade_id=T&reference=a&reference=b",
    );
    let errors = send(MediaType::Csv, VALID_CSV.as_bytes(), &given).unwrap().unwrap_err();
    assert_eq!(
        places(&errors),
        [
            ("/sell_currency", Code::FundingAmbiguous),
            ("/reference", Code::FieldRepeated),
            ("/accept_immediately", Code::FieldType),
            ("/on_errors", Code::OnErrorsUnknown),
        ]
    );
}

#[test]
fn unknown_parameters_are_ignored() {
    let mut given = valid_parameters();
    given.push(("api-version".to_owned(), "2026-11-01".to_owned()));
    let sent = send(MediaType::Csv, VALID_CSV.as_bytes(), &given).unwrap();
    assert_eq!(sent, send_json(VALID));
}
