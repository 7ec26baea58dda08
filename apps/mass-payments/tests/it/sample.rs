//! The sample file of the demo is what its generator writes, and well formed.

#[path = "../../examples/write_payroll/payroll/mod.rs"]
mod payroll;

use std::collections::BTreeSet;

use mass_payments::sample;

use crate::request::{TODAY, send_csv};

#[test]
fn the_sample_is_what_the_generator_writes() {
    let kept = include_str!("../../samples/payroll.csv");
    let hint = "run `cargo run -p mass-payments --example write_payroll`";
    assert!(kept == payroll::csv(), "{hint}");
}

#[test]
fn the_sample_has_a_thousand_well_formed_lines() {
    let mass_payment = send_csv(&sample::payroll(TODAY)).unwrap();
    assert_eq!(mass_payment.payments.len(), 1_000);
    let currencies: BTreeSet<&str> =
        mass_payment.payments.iter().map(|line| line.currency.as_str()).collect();
    assert!(currencies.is_superset(&BTreeSet::from(["EUR", "GBP", "JPY", "PLN"])));
}

#[test]
fn the_template_itself_is_no_request() {
    let errors = send_csv(include_str!("../../samples/payroll.csv")).unwrap_err();
    assert_eq!(errors.total(), 1_000);
}
