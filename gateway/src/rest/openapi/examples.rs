//! An example for every body of a request and of a successful response, made from the examples of the fields.

use serde_json::{Map, Value, json};
use utoipa::openapi::{Components, Content, RefOr, path::Operation};

/// Objects within objects at most. No schema of the API is that deep, so a deeper one refers to itself.
const MAX_DEPTH: usize = 8;

/// The schemas that examples are made from.
pub(super) struct Schemas(Value);

impl Schemas {
    pub(super) fn of(components: &Components) -> Self {
        let schemas = serde_json::to_value(&components.schemas);
        Self(schemas.unwrap_or_default())
    }

    /// Adds the examples of an operation that are missing.
    pub(super) fn complete(&self, operation: &mut Operation) {
        if let Some(RefOr::T(body)) = &mut operation.request_body {
            body.content
                .values_mut()
                .for_each(|content| self.add(content));
        }
        for (status, response) in &mut operation.responses.responses {
            if let RefOr::T(response) = response
                && status.starts_with('2')
            {
                response
                    .content
                    .values_mut()
                    .for_each(|content| self.add(content));
            }
        }
    }

    fn add(&self, content: &mut RefOr<Content>) {
        if let RefOr::T(content) = content
            && content.example.is_none()
            && let Some(schema) = &content.schema
            && let Ok(schema) = serde_json::to_value(schema)
        {
            content.example = Some(self.example(&schema, 0));
        }
    }

    /// The schema's own example, or one made of those of its parts.
    fn example(&self, schema: &Value, depth: usize) -> Value {
        if let Some(example) = schema.get("example") {
            return example.clone();
        }
        if depth > MAX_DEPTH {
            return Value::Null;
        }
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let name = name.rsplit('/').next().unwrap_or_default();
            return self.example(&self.0[name], depth);
        }
        if let Some(value) = schema.get("enum").and_then(|values| values.get(0)) {
            return value.clone();
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            let choices = schema.get(choice).and_then(Value::as_array);
            let is_value = |schema: &&Value| schema["type"] != "null";
            if let Some(schema) = choices.and_then(|all| all.iter().find(is_value)) {
                return self.example(schema, depth);
            }
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => json!([self.example(&schema["items"], depth + 1)]),
            "boolean" => json!(false),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
            _ => text(schema),
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let members = schema.get("properties").and_then(Value::as_object);
        let members = members.into_iter().flatten();
        let members = members.map(|(name, schema)| (name.clone(), self.example(schema, depth + 1)));
        Value::Object(members.collect::<Map<_, _>>())
    }
}

/// The type of a schema, of which `null` may be a second one.
fn kind(schema: &Value) -> &str {
    let kind = &schema["type"];
    let kinds = kind.as_array().into_iter().flatten().chain([kind]);
    let mut named = kinds
        .filter_map(Value::as_str)
        .filter(|kind| *kind != "null");
    named.next().unwrap_or_default()
}

fn text(schema: &Value) -> Value {
    match schema["format"].as_str() {
        Some("uuid") => json!("0198c0de-6c1f-7b7e-8d3c-5f3b1c1d2e3f"),
        Some("date-time") => json!("2026-12-24T18:00:00Z"),
        _ => json!("text"),
    }
}
