//! The routes in the OpenAPI document.

use deferral::http::openapi::Contribution;
use serde_json::{Value, json};

use super::act::Decision;
use super::payments::Payments;
use crate::MassPayment;
use crate::jobs::MassPaymentResult;
use crate::view::{MassPaymentStatus, MassPaymentView};

pub(crate) fn description() -> Contribution {
    let mut api = Contribution::new("mass-payments");
    let start = start(&mut api);
    let list = list(&mut api);
    let show = show(&mut api);
    let payments = payments(&mut api);
    let decision = api.schema::<Decision>();
    let act = |verb: &str, summary: &str| act(verb, summary, &decision);
    api.path("/mass-payments", "post", start)
        .path("/mass-payments", "get", list)
        .path("/mass-payments/{id}", "get", show)
        .path("/mass-payments/{id}/payments", "get", payments)
        .path("/mass-payments/{id}:confirm", "post", act("confirm", "Have the payments created"))
        .path("/mass-payments/{id}:reject", "post", act("reject", "Withdraw what is held"))
        .path("/mass-payments/{id}:cancel", "post", act("cancel", "Stop as soon as possible"))
}

fn start(api: &mut Contribution) -> Value {
    let (batch, result) = (api.schema::<MassPayment>(), api.schema::<MassPaymentResult>());
    let csv = "A header and a row a payment; the fields of the batch stand in the query.";
    let body = json!({
        "required": true,
        "content": {
            "application/json": {"schema": batch},
            "text/csv": {"schema": {"type": "string", "description": csv}},
        },
    });
    let parameters = ["Prefer", "IdempotencyKey", "OperationIdHeader"];
    let mut item = operation("startMassPayment", "Accept a batch of payments", &parameters);
    item["requestBody"] = body;
    item["responses"]["200"] = shown("The result, for who waited for it.", &result);
    item["responses"]["202"] = reference("responses", "Accepted");
    item
}

fn list(api: &mut Contribution) -> Value {
    let (view, status) = (api.schema::<MassPaymentView>(), api.schema::<MassPaymentStatus>());
    let list = json!({
        "type": "object",
        "required": ["value"],
        "properties": {
            "value": {"type": "array", "items": view},
            "nextLink": {"type": "string", "format": "uri"},
        },
    });
    let mut item = operation("listMassPayments", "List", &["PageSize", "PageToken"]);
    add_query(&mut item, "reference", &json!({"type": "string"}));
    add_query(&mut item, "status", &status);
    item["responses"]["200"] = shown("Newest first.", &list);
    item
}

fn show(api: &mut Contribution) -> Value {
    let view = api.schema::<MassPaymentView>();
    let mut item = operation("getMassPayment", "See where it stands", &["Id", "IfNoneMatch"]);
    item["responses"]["200"] = shown("The mass payment.", &view);
    item["responses"]["304"] = json!({"description": "Nothing has changed."});
    item
}

fn payments(api: &mut Contribution) -> Value {
    let payments = api.schema::<Payments>();
    let mut item = operation("listPayments", "See what became of its payments", &["Id"]);
    let words = ["received", "accepted", "rejected", "created", "canceled"];
    add_query(&mut item, "status", &json!({"type": "string", "enum": words}));
    add_query(&mut item, "cursor", &json!({"type": "string"}));
    item["responses"]["200"] = shown("As the back office has them.", &payments);
    item
}

fn act(verb: &str, summary: &str, decision: &Value) -> Value {
    let mut item = operation(&format!("{verb}MassPayment"), summary, &["Id", "IfMatch"]);
    item["requestBody"] = json!({"content": {"application/json": {"schema": decision}}});
    item["responses"]["200"] = reference("responses", "Acted");
    item["responses"]["202"] = reference("responses", "Accepted");
    item
}

fn operation(id: &str, summary: &str, parameters: &[&str]) -> Value {
    let parameters: Vec<Value> =
        parameters.iter().map(|name| reference("parameters", name)).collect();
    let problem = reference("responses", "Problem");
    json!({
        "operationId": id,
        "summary": summary,
        "parameters": parameters,
        "responses": {"4XX": problem, "5XX": problem},
    })
}

fn add_query(item: &mut Value, name: &str, schema: &Value) {
    if let Some(parameters) = item["parameters"].as_array_mut() {
        parameters.push(json!({"in": "query", "name": name, "schema": schema}));
    }
}

fn shown(description: &str, schema: &Value) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": schema}}})
}

fn reference(part: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{part}/{name}")})
}
