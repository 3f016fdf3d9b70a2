//! `docs/api.md`: what each URL of the API supports, from the served document.

use std::{fmt::Write, fs, path::Path};

use gateway::{openapi, route::Access, route::Row, routes::TABLE};
use serde_json::Value;

use crate::document::is_updating;

const INTRODUCTION: &str = "# API

What each URL supports. This page is generated from the table of URLs and the OpenAPI document, which has the details
(`docs/openapi.json`, or `/docs` of a running gateway): run the tests with `UPDATE_DOCS=1` after a change.

| column | means |
|---|---|
| who | `docs/access.md` has every group |
| repeated | what happens if the request is sent again because its answer was lost. **key, required** and **key, optional**: the same `Idempotency-Key` gets the first answer, for at least 24 hours. **same**: nothing more happens. **refused**: a problem says that it was done. **again**: it is done once more, without a loss |
| pages | the list has pages: `page_size` and `page_token` |
| conditions | **`If-Match`**: required, a change names the version that it is based on (412, 428). **`If-None-Match`**: a current copy is answered with 304 |
| examples | of the body of the request and of the answer |

| method | URL | who | repeated | pages | conditions | examples |
|---|---|---|---|---|---|---|
";

/// The parameter of an operation, by its name.
fn parameter<'a>(operation: &'a Value, name: &str) -> Option<&'a Value> {
    let mut parameters = operation["parameters"].as_array()?.iter();
    parameters.find(|parameter| parameter["name"] == name)
}

fn who(access: Access) -> String {
    match access {
        Access::Public => "anyone".to_owned(),
        Access::Optional => "guest or signed in".to_owned(),
        Access::SignedIn => "signed in".to_owned(),
        Access::Staff(groups) => format!("staff: {groups}"),
        Access::RecentStaff(groups) => format!("staff, recent second factor: {groups}"),
    }
}

fn repeated(row: &Row, operation: &Value) -> &'static str {
    match (parameter(operation, "Idempotency-Key"), row.method) {
        (Some(key), _) if key["required"] == true => "key, required",
        (Some(_), _) => "key, optional",
        (None, "POST") => openapi::repeated(row.name)
            .unwrap_or_else(|| panic!("{row:?} says nothing about repeated requests")),
        (None, "PATCH") => "refused",
        (None, _) => "same",
    }
}

fn conditions(operation: &Value) -> &'static str {
    let has = |name| parameter(operation, name).is_some();
    match (has("If-Match"), has("If-None-Match")) {
        (true, _) => "`If-Match`",
        (false, true) => "`If-None-Match`",
        (false, false) => "–",
    }
}

/// The bodies of a request and of successful answers, each with whether it has an example.
fn bodies(operation: &Value) -> Vec<bool> {
    let request = operation["requestBody"]["content"].as_object();
    let responses = operation["responses"].as_object().into_iter().flatten();
    let successes = responses.filter(|(status, _)| status.starts_with('2'));
    let answers = successes.filter_map(|(_, response)| response["content"].as_object());
    let contents = request.into_iter().chain(answers).flatten();
    // A page for people has no schema.
    let described = contents.filter(|(_, content)| !content["schema"].is_null());
    described
        .map(|(_, content)| !content["example"].is_null())
        .collect()
}

fn table() -> String {
    let document: Value = serde_json::from_str(&openapi::pretty()).unwrap();
    let mut page = INTRODUCTION.to_owned();
    for row in TABLE {
        let operation = &document["paths"][row.path][row.method.to_lowercase()];
        let pages = match parameter(operation, "page_token") {
            Some(_) => "yes",
            None => "–",
        };
        let bodies = bodies(operation);
        let examples = match bodies.iter().all(|has_one| *has_one) {
            true if bodies.is_empty() => "–",
            true => "yes",
            false => panic!("{row:?} has a body without an example"),
        };
        writeln!(
            page,
            "| `{}` | `{}` | {} | {} | {pages} | {} | {examples} |",
            row.method,
            row.path,
            who(row.access),
            repeated(row, operation),
            conditions(operation),
        )
        .unwrap();
    }
    page
}

#[test]
fn the_page_about_the_api_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api.md");
    if is_updating() {
        fs::write(&path, table()).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == table(),
        "docs/api.md is out of date: run the tests with UPDATE_DOCS=1"
    );
}

/// The texts of a schema that have neither an example nor a format or values: their example says nothing.
fn texts_without_an_example(name: &str, schema: &Value, found: &mut Vec<String>) {
    for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
        let kinds = schema["type"].as_array().into_iter().flatten();
        let is_text = kinds.chain([&schema["type"]]).any(|kind| kind == "string");
        let says_something = ["example", "format", "enum"]
            .iter()
            .any(|key| !schema[key].is_null());
        if is_text && !says_something {
            found.push(format!("{name}.{member}"));
        }
    }
}

#[test]
fn every_text_of_a_body_has_an_example() {
    let document: Value = serde_json::from_str(&openapi::pretty()).unwrap();
    let mut found = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        texts_without_an_example(name, schema, &mut found);
    }
    assert!(found.is_empty(), "no example: {found:#?}");
}
