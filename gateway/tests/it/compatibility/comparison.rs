//! What breaks a client, from one document to the next.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Schemas within schemas at most; a schema may contain itself.
const MAX_DEPTH: usize = 12;

/// Whether a client sends or receives what a schema describes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Request,
    Response,
}

/// Compares two documents.
struct Comparison<'a> {
    before: &'a Value,
    after: &'a Value,
    breaks: Vec<String>,
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn texts(value: &Value) -> BTreeSet<&str> {
    let values = value.as_array().into_iter().flatten();
    values.chain([value]).filter_map(Value::as_str).collect()
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or(schema),
        None => schema,
    }
}

impl Comparison<'_> {
    fn add(&mut self, place: &str, what: &str) {
        self.breaks.push(format!("{place}: {what}"));
    }

    fn documents(&mut self) {
        let (before, after) = (self.before, self.after);
        for (path, item) in members(&before["paths"]) {
            for (method, operation) in members(item) {
                let place = format!("{} {path}", method.to_uppercase());
                match &after["paths"][path][method] {
                    Value::Null => self.add(&place, "is gone"),
                    now => self.operation(&place, operation, now),
                }
            }
        }
    }

    fn operation(&mut self, place: &str, before: &Value, after: &Value) {
        if before["operationId"] != after["operationId"] {
            self.add(place, "has another operationId");
        }
        let parameters = |operation: &Value| -> Map<String, Value> {
            let all = operation["parameters"].as_array().into_iter().flatten();
            let named = all.map(|parameter| {
                let name = format!("{} {}", parameter["in"], parameter["name"]);
                (name.replace('"', ""), parameter.clone())
            });
            named.collect()
        };
        let (old, new) = (parameters(before), parameters(after));
        for (name, parameter) in &new {
            let was_required = old.get(name).is_some_and(|old| old["required"] == true);
            if parameter["required"] == true && !was_required {
                self.add(place, &format!("the parameter {name} is required now"));
            }
        }
        for (name, parameter) in &old {
            match new.get(name) {
                None => self.add(place, &format!("the parameter {name} is gone")),
                Some(now) => {
                    let place = format!("{place}, parameter {name}");
                    let (was, is) = (&parameter["schema"], &now["schema"]);
                    self.schemas(&place, was, is, Direction::Request, 0);
                }
            }
        }
        let bodies = (&before["requestBody"], &after["requestBody"]);
        if bodies.0.is_null() && bodies.1["required"] == true {
            self.add(place, "needs a body now");
        }
        self.contents(place, bodies.0, bodies.1, Direction::Request);
        for (status, response) in members(&before["responses"]) {
            let place = format!("{place} {status}");
            match &after["responses"][status] {
                Value::Null if status.starts_with('2') => self.add(&place, "is gone"),
                now => self.contents(&place, response, now, Direction::Response),
            }
        }
    }

    fn contents(&mut self, place: &str, before: &Value, after: &Value, direction: Direction) {
        for (media_type, content) in members(&before["content"]) {
            match &after["content"][media_type] {
                Value::Null => self.add(place, &format!("{media_type} is gone")),
                now => self.schemas(place, &content["schema"], &now["schema"], direction, 0),
            }
        }
    }

    fn schemas(
        &mut self,
        place: &str,
        before: &Value,
        after: &Value,
        direction: Direction,
        depth: usize,
    ) {
        let (before, after) = (resolve(self.before, before), resolve(self.after, after));
        if depth > MAX_DEPTH || before == after && depth > 0 && before.get("properties").is_none() {
            return;
        }
        let (was, is) = (texts(&before["type"]), texts(&after["type"]));
        let narrower = match direction {
            Direction::Request => !was.is_subset(&is),
            Direction::Response => !is.is_subset(&was),
        };
        if narrower && !was.is_empty() && !is.is_empty() {
            self.add(place, &format!("the type was {was:?} and is {is:?}"));
        }
        let (was, is) = (texts(&before["enum"]), texts(&after["enum"]));
        let lost: Vec<_> = was.difference(&is).collect();
        if direction == Direction::Request && !is.is_empty() && !lost.is_empty() {
            self.add(place, &format!("does not accept {lost:?} any more"));
        }
        self.bounds(place, before, after, direction);
        let (was, is) = (texts(&before["required"]), texts(&after["required"]));
        match direction {
            Direction::Request => {
                for name in is.difference(&was) {
                    self.add(place, &format!("{name} is required now"));
                }
            }
            Direction::Response => {
                for name in was.difference(&is) {
                    self.add(place, &format!("{name} may be absent now"));
                }
            }
        }
        for (name, schema) in members(&before["properties"]) {
            match &after["properties"][name] {
                Value::Null => self.add(place, &format!("the member {name} is gone")),
                now => {
                    let place = format!("{place}.{name}");
                    self.schemas(&place, schema, now, direction, depth + 1);
                }
            }
        }
        if before["items"].is_object() {
            let place = format!("{place}[]");
            self.schemas(
                &place,
                &before["items"],
                &after["items"],
                direction,
                depth + 1,
            );
        }
    }

    /// A request that was accepted is accepted.
    fn bounds(&mut self, place: &str, before: &Value, after: &Value, direction: Direction) {
        if direction == Direction::Response {
            return;
        }
        for (name, is_upper) in [
            ("maxLength", true),
            ("maximum", true),
            ("maxItems", true),
            ("minLength", false),
            ("minimum", false),
            ("minItems", false),
        ] {
            let Some(is) = after[name].as_f64() else {
                continue;
            };
            let narrower = match before[name].as_f64() {
                None => true,
                Some(was) if is_upper => is < was,
                Some(was) => is > was,
            };
            if narrower {
                let was = &before[name];
                self.add(place, &format!("{name} was {was} and is {}", after[name]));
            }
        }
        if after["pattern"].is_string() && before["pattern"] != after["pattern"] {
            self.add(place, "has another pattern");
        }
    }
}

/// What of `after` breaks clients that were written for `before`.
pub(super) fn breaking(before: &Value, after: &Value) -> Vec<String> {
    let mut comparison = Comparison {
        before,
        after,
        breaks: Vec::new(),
    };
    comparison.documents();
    comparison.breaks
}
