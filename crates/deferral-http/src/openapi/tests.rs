use std::collections::BTreeSet;

use deferral_core::Job;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Charge {
    customer: String,
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Line {
    cents: u64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Receipt {
    number: String,
}

impl Job for Charge {
    const KIND: &'static str = "billing.charge";
    type Output = Receipt;
}

mod other {
    use super::{Deserialize, JsonSchema, Serialize};

    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(super) struct Line {
        pub(super) text: String,
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.insert(reference.clone());
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn billing() -> Contribution {
    Contribution::new("billing").start::<Charge>("/charges", "charge", "Charge a customer")
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document(&[billing()]);
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn an_application_adds_its_paths_and_schemas() {
    let document = document(&[billing()]);
    let post = &document["paths"]["/charges"]["post"];
    assert_eq!(post["tags"], json!(["billing"]));
    let body = &post["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body, &json!({"$ref": "#/components/schemas/Charge"}));
    assert!(document["components"]["schemas"]["Receipt"]["properties"]["number"].is_object());
}

#[test]
fn two_things_of_one_name_stay_two() {
    let notes = Contribution::new("notes").start_with::<other::Line, ()>("/notes", "note", "Note");
    let document = document(&[billing(), notes]);
    let schemas = &document["components"]["schemas"];
    assert!(schemas["Line"]["properties"]["cents"].is_object());
    assert!(schemas["notes.Line"]["properties"]["text"].is_object());
    let post = &document["paths"]["/notes"]["post"];
    let body = &post["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body, &json!({"$ref": "#/components/schemas/notes.Line"}));
}

#[test]
fn operation_ids_are_unique() {
    let document = document(&[billing()]);
    let items = document["paths"].as_object().unwrap().values();
    let ids = items.flat_map(|item| item.as_object().unwrap().values()).map(|o| &o["operationId"]);
    let all: Vec<&Value> = ids.collect();
    let distinct: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!(all.len(), distinct.len());
}

#[test]
fn the_status_document_has_the_seven_statuses() {
    let document = document(&[]);
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["OperationStatus"]["enum"].as_array().unwrap().len(), 7);
    let properties = schemas["Operation"]["properties"].as_object().unwrap();
    assert!(!schemas["Operation"].to_string().contains("null"), "absent, never null");
    let required = schemas["Operation"]["required"].as_array().unwrap();
    assert!(required.contains(&json!("links")) && !required.contains(&json!("errors")));
    for name in ["createTime", "percentComplete", "cancelRequestTime", "links", "durability"] {
        assert!(properties.contains_key(name), "{name}");
    }
}
