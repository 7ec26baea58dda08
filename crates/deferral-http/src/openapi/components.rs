//! What several paths refer to: schemas, headers, parameters, responses.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::act::ActionBody;
use crate::document::{Document, ItemDocument};
use crate::problem;

/// Writes schemas of what is received, so that they refer to each other where the document keeps
/// them.
pub(super) fn generator() -> SchemaGenerator {
    settings().into_generator()
}

/// Writes schemas of what is sent. There is no `null` in it: what is not known is left out.
fn output_generator() -> SchemaGenerator {
    settings().for_serialize().with_transform(RecursiveTransform(forbid_null)).into_generator()
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    })
}

fn forbid_null(schema: &mut Schema) {
    let null = json!({"type": "null"});
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(forms)) = schema.get_mut("anyOf") {
        forms.retain(|form| *form != null);
        if let [Value::Object(only)] = forms.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            only.into_iter().for_each(|(name, value)| drop(schema.insert(name, value)));
        }
    }
}

/// A reference to the schema of a type, which the generator then defines.
pub(super) fn reference<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

/// All of them, with these schemas.
pub(super) fn components(schemas: &Map<String, Value>) -> Value {
    json!({
        "schemas": schemas,
        "headers": headers(),
        "parameters": parameters(),
        "responses": responses(),
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "apiKey": {"type": "apiKey", "in": "header", "name": "api-key"},
        },
    })
}

/// The schemas of the native documents.
pub(super) fn schemas() -> Map<String, Value> {
    let mut generator = output_generator();
    let operation = reference::<Document<'_>>(&mut generator);
    let item = reference::<ItemDocument<'_>>(&mut generator);
    reference::<ActionBody>(&mut generator);
    let list = |items: Value| {
        json!({
            "type": "object",
            "required": ["value"],
            "properties": {
                "value": {"type": "array", "items": items},
                "nextLink": {"type": "string", "format": "uri"},
            },
        })
    };
    let mut schemas: Map<String, Value> = generator.take_definitions(true);
    schemas.insert("OperationList".to_owned(), list(operation));
    schemas.insert("ItemErrorList".to_owned(), list(item));
    schemas.insert(problem::SCHEMA_NAME.to_owned(), problem::schema());
    schemas
}

fn headers() -> Value {
    let header =
        |description: &str, schema: &Value| json!({"description": description, "schema": schema});
    let id = json!({"type": "string", "format": "uuid"});
    let (text, url) = (json!({"type": "string"}), json!({"type": "string", "format": "uri"}));
    let seconds = json!({"type": "integer", "minimum": 1});
    json!({
        "OperationLocation": header("The status document.", &url),
        "ContentLocation": header("What the body is a representation of.", &url),
        "Location": header("The result: answers 202 until it is there.", &url),
        "OperationId": header("The operation.", &id),
        "RetryAfter": header("When to ask again, in seconds.", &seconds),
        "PreferenceApplied": header("The preferences that counted, as they counted.", &text),
        "IdempotentReplayed": header("The request was accepted before.", &text),
        "Durability": header("What the acceptance survives.", &text),
        "Etag": header("The version of the operation.", &text),
        "Link": header("The next part of the list.", &text),
    })
}

fn parameters() -> Value {
    let parameter = |place: &str, name: &str, description: &str, schema: Value| {
        let required = place == "path";
        json!({
            "in": place, "name": name, "description": description, "required": required,
            "schema": schema,
        })
    };
    let text = || json!({"type": "string"});
    let wait = "`respond-async`, `wait=N`, `return=minimal` (RFC 7240).";
    json!({
        "Id": parameter("path", "id", "The operation.", json!({"type": "string", "format": "uuid"})),
        "Prefer": parameter("header", "Prefer", wait, text()),
        "IfMatch": parameter("header", "If-Match", "Act on this version only.", text()),
        "IfNoneMatch": parameter("header", "If-None-Match", "The version that is known.", text()),
        "IdempotencyKey": parameter(
            "header", "Idempotency-Key", "The same key is the same request.",
            json!({"type": "string", "pattern": r#"^([!#-+\--~]{1,255}|"[ !#-\[\]-~]{1,255}")$"#}),
        ),
        "OperationIdHeader": parameter(
            "header", "Operation-Id", "The id that the operation shall have.",
            json!({"type": "string", "format": "uuid"}),
        ),
        "PageSize": parameter(
            "query", "pageSize", "How many; 0 is the default of 50, more than 1000 is 1000.",
            json!({"type": "integer", "minimum": 0}),
        ),
        "PageToken": parameter("query", "pageToken", "From a link to the next part.", text()),
        "LastEventId": parameter("query", "lastEventId", "As `Last-Event-ID`.", text()),
    })
}

fn responses() -> Value {
    let operation = json!({"$ref": "#/components/schemas/Operation"});
    let body = json!({"application/json": {"schema": operation}});
    json!({
        "Accepted": {
            "description": "Accepted; the status document, never of an end.",
            "headers": accepted_headers(),
            "content": body,
            "links": links(),
        },
        "Acted": {
            "description": "It was so already; the status document.",
            "content": body,
        },
        "Problem": {
            "description": "It was not done, and why.",
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
            },
        },
    })
}

fn accepted_headers() -> Value {
    let header = |name: &str| json!({"$ref": format!("#/components/headers/{name}")});
    json!({
        "Operation-Location": header("OperationLocation"),
        "Content-Location": header("ContentLocation"),
        "Location": header("Location"),
        "Operation-Id": header("OperationId"),
        "Retry-After": header("RetryAfter"),
        "Preference-Applied": header("PreferenceApplied"),
        "Idempotent-Replayed": header("IdempotentReplayed"),
        "Deferral-Durability": header("Durability"),
    })
}

fn links() -> Value {
    let link = |operation: &str| json!({"operationId": operation, "parameters": {"id": "$response.header.Operation-Id"}});
    json!({
        "getOperation": link("getOperation"),
        "getOperationResult": link("getOperationResult"),
        "cancelOperation": link("cancelOperation"),
    })
}
