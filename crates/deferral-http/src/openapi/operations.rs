//! The native paths.

use serde_json::{Map, Value, json};

/// A reference to a parameter that several paths have.
fn parameter(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

fn response(name: &str) -> Value {
    json!({"$ref": format!("#/components/responses/{name}")})
}

/// A 200 with this schema.
fn shown(description: &str, schema: &Value, headers: &Value) -> Value {
    json!({
        "description": description,
        "headers": headers,
        "content": {"application/json": {"schema": schema}},
    })
}

pub(super) fn paths() -> Map<String, Value> {
    let paths = [
        ("/operations", json!({"get": list()})),
        ("/operations/{id}", json!({"get": get(), "delete": delete()})),
        ("/operations/{id}/result", json!({"get": result()})),
        ("/operations/{id}/events", json!({"get": events()})),
        ("/operations/{id}/errors", json!({"get": errors()})),
        ("/operations/{id}:cancel", json!({"post": action("cancel", "Cancel it")})),
        ("/operations/{id}:confirm", json!({"post": action("confirm", "Let it go on")})),
        ("/operations/{id}:reject", json!({"post": action("reject", "Stop it and undo it")})),
        ("/livez", json!({"get": health("live", "Whether the process runs")})),
        ("/readyz", json!({"get": health("ready", "Whether to send requests here")})),
    ];
    paths.into_iter().map(|(path, item)| (path.to_owned(), item)).collect()
}

/// An operation of the API with the refusals that all have.
fn operation(id: &str, summary: &str, parameters: &[Value], mut responses: Value) -> Value {
    let problem = response("Problem");
    responses["4XX"] = problem.clone();
    responses["5XX"] = problem;
    json!({
        "operationId": id,
        "summary": summary,
        "tags": ["operations"],
        "parameters": parameters,
        "responses": responses,
    })
}

fn list() -> Value {
    let status = json!({"$ref": "#/components/schemas/OperationStatus"});
    let query = |name: &str, schema: Value| json!({"in": "query", "name": name, "schema": schema});
    let text = json!({"type": "string"});
    let parameters = [
        parameter("PageSize"),
        parameter("PageToken"),
        query("status", status),
        query("kind", json!({"type": "string", "pattern": "^[a-z0-9._-]{1,64}$"})),
        query("correlation", text),
    ];
    let schema = json!({"$ref": "#/components/schemas/OperationList"});
    let link = json!({"Link": {"$ref": "#/components/headers/Link"}});
    let responses = json!({"200": shown("Newest first.", &schema, &link)});
    operation("listOperations", "List operations", &parameters, responses)
}

fn get() -> Value {
    let schema = json!({"$ref": "#/components/schemas/Operation"});
    let mut found = shown("The status document.", &schema, &polled());
    found["content"]["text/event-stream"] = json!({});
    let responses = json!({
        "200": found,
        "204": {"description": "The last event of the stream is known already."},
        "304": {"description": "Nothing has changed.", "headers": polled()},
    });
    let parameters = [parameter("Id"), parameter("Prefer"), parameter("IfNoneMatch")];
    operation("getOperation", "See where it stands", &parameters, responses)
}

fn polled() -> Value {
    let header = |name: &str| json!({"$ref": format!("#/components/headers/{name}")});
    json!({
        "ETag": header("Etag"),
        "Operation-Id": header("OperationId"),
        "Retry-After": header("RetryAfter"),
        "Preference-Applied": header("PreferenceApplied"),
    })
}

fn delete() -> Value {
    let responses = json!({"204": {"description": "It is forgotten."}});
    let parameters = [parameter("Id"), parameter("IfMatch")];
    operation("deleteOperation", "Forget a finished operation", &parameters, responses)
}

fn result() -> Value {
    let responses = json!({
        "200": shown("The result alone.", &json!(true), &polled()),
        "202": response("Accepted"),
        "204": {"description": "It succeeded, and there is nothing to say."},
        "304": {"description": "Nothing has changed."},
        "424": response("Problem"),
    });
    let parameters = [parameter("Id"), parameter("Prefer"), parameter("IfNoneMatch")];
    operation("getOperationResult", "Get the result", &parameters, responses)
}

fn events() -> Value {
    let responses = json!({
        "200": {
            "description": "One event for each change; the last one ends the stream.",
            "content": {"text/event-stream": {}},
        },
        "204": {"description": "The last event is known already."},
    });
    let parameters = [parameter("Id"), parameter("LastEventId")];
    operation("getOperationEvents", "Follow it", &parameters, responses)
}

fn errors() -> Value {
    let schema = json!({"$ref": "#/components/schemas/ItemErrorList"});
    let link = json!({"Link": {"$ref": "#/components/headers/Link"}});
    let responses = json!({"200": shown("In the order in which they came.", &schema, &link)});
    let parameters = [parameter("Id"), parameter("PageSize"), parameter("PageToken")];
    operation("listOperationErrors", "List what went wrong with items", &parameters, responses)
}

fn action(verb: &str, summary: &str) -> Value {
    let responses = json!({"200": response("Acted"), "202": response("Accepted")});
    let parameters = [parameter("Id"), parameter("IfMatch")];
    let mut action = operation(&format!("{verb}Operation"), summary, &parameters, responses);
    action["requestBody"] = json!({
        "required": false,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ActionBody"}}},
    });
    action
}

fn health(id: &str, summary: &str) -> Value {
    let text = json!({"text/plain": {"schema": {"type": "string"}}});
    let mut responses = json!({"200": {"description": "It is so.", "content": text}});
    if id == "ready" {
        responses["503"] = json!({"description": "It is not so.", "content": text});
    }
    json!({
        "operationId": id, "summary": summary, "tags": ["operations"], "security": [],
        "responses": responses,
    })
}
