//! What the stand-in for the back office says to our sample.

use std::collections::BTreeMap;

use back_office::rules::Refusal;
use back_office::{BackOffice, Config};
use mass_payments::sample;
use serde_json::Value;

use crate::request::{TODAY, send_csv};

async fn create_sample() -> Value {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let office = BackOffice::start(Config::new(folder.path().join("bank.db"))).await.unwrap();
    let batch = send_csv(&sample::payroll(TODAY)).unwrap();
    let request = reqwest::Client::new()
        .post(format!("{}/mass-payments", office.url()))
        .json(&batch)
        .send()
        .await
        .unwrap();
    assert_eq!(request.status(), 201);
    let answer = request.json().await.unwrap();
    office.stop().await;
    answer
}

#[tokio::test]
async fn the_back_office_refuses_37_lines_of_the_sample_for_every_reason_it_has() {
    let answer = create_sample().await;
    assert_eq!(answer["accepted"].as_array().unwrap().len(), 963);
    let mut counts = BTreeMap::new();
    for line in answer["rejected"].as_array().unwrap() {
        *counts.entry(line["code"].as_str().unwrap()).or_insert(0) += 1;
    }
    assert_eq!(counts.values().sum::<usize>(), 37, "{counts:?}");
    for refusal in Refusal::ALL {
        assert!(counts.contains_key(refusal.code()), "{} in {counts:?}", refusal.code());
    }
}
