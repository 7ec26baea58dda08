//! What an application adds to the document.

use deferral_core::Job;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::components::{generator, reference};

/// The paths and schemas of an application.
pub struct Contribution {
    tag: String,
    paths: Map<String, Value>,
    generator: SchemaGenerator,
}

impl Contribution {
    /// Nothing yet; `name` groups what follows.
    pub fn new(name: &str) -> Self {
        Self { tag: name.to_owned(), paths: Map::new(), generator: generator() }
    }

    /// `POST path` accepts an operation whose job is the body as it is.
    #[must_use]
    pub fn start<J: Job>(self, path: &str, id: &str, summary: &str) -> Self {
        self.start_with::<J, J::Output>(path, id, summary)
    }

    /// `POST path` accepts an operation; the body is a `B`, the result an `R`.
    #[must_use]
    pub fn start_with<B: JsonSchema, R: JsonSchema>(
        mut self,
        path: &str,
        id: &str,
        summary: &str,
    ) -> Self {
        let body = self.schema::<B>();
        let result = self.schema::<R>();
        let parameter = |name: &str| json!({"$ref": format!("#/components/parameters/{name}")});
        let problem = json!({"$ref": "#/components/responses/Problem"});
        let item = json!({
            "operationId": id,
            "summary": summary,
            "tags": [self.tag],
            "parameters": [
                parameter("Prefer"), parameter("IdempotencyKey"), parameter("OperationIdHeader"),
            ],
            "requestBody": {"required": true, "content": {"application/json": {"schema": body}}},
            "responses": {
                "200": {
                    "description": "The result, for who waited for it.",
                    "content": {"application/json": {"schema": result}},
                },
                "202": {"$ref": "#/components/responses/Accepted"},
                "204": {"description": "It succeeded, and there is nothing to say."},
                "4XX": problem,
                "5XX": problem,
            },
        });
        self.put(path, "post", item);
        self
    }

    /// Anything else: `method` of `path` as OpenAPI describes operations.
    #[must_use]
    pub fn path(mut self, path: &str, method: &str, operation: Value) -> Self {
        self.put(path, method, operation);
        self
    }

    /// A reference to the schema of a type, which is then part of the document.
    pub fn schema<T: JsonSchema>(&mut self) -> Value {
        reference::<T>(&mut self.generator)
    }

    pub(super) fn tag(&self) -> &str {
        &self.tag
    }

    fn put(&mut self, path: &str, method: &str, mut operation: Value) {
        if let Value::Object(operation) = &mut operation {
            operation.entry("tags").or_insert_with(|| json!([self.tag]));
        }
        self.paths.entry(path).or_insert_with(|| json!({}))[method] = operation;
    }

    /// Adds paths and schemas. A schema whose name another application has for another thing gets
    /// the tag in front of its name.
    pub(super) fn add_to(&self, paths: &mut Map<String, Value>, schemas: &mut Map<String, Value>) {
        let ours = self.generator.clone().take_definitions(true);
        let taken = |(name, schema): &(&String, &Value)| {
            schemas.get(*name).is_some_and(|other| other != *schema)
        };
        let taken: Vec<String> = ours.iter().filter(taken).map(|(name, _)| name.clone()).collect();
        let renamed = |value: &Value| {
            taken.iter().fold(value.clone(), |value, name| self.renamed(value, name))
        };
        for (name, schema) in &ours {
            let name = if taken.contains(name) { self.qualified(name) } else { name.clone() };
            schemas.insert(name, renamed(schema));
        }
        for (path, item) in &self.paths {
            paths.insert(path.clone(), renamed(item));
        }
    }

    fn qualified(&self, name: &str) -> String {
        format!("{}.{name}", self.tag)
    }

    fn renamed(&self, mut value: Value, name: &str) -> Value {
        rename(&mut value, &pointer(name), &pointer(&self.qualified(name)));
        value
    }
}

fn pointer(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

fn rename(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::String(text) if text == old => new.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, old, new)),
        Value::Object(members) => members.values_mut().for_each(|item| rename(item, old, new)),
        _ => {}
    }
}
