//! The API changes only in ways that do not break its clients: `docs/openapi-baseline.json` is the document that clients
//! were written for. After a release it is replaced: run the tests with `UPDATE_BASELINE=1`.

use std::{fs, path::Path};

use gateway::openapi;
use serde_json::{Value, json};

mod comparison;

use self::comparison::breaking;

#[expect(
    clippy::disallowed_methods,
    reason = "a switch for developers, not configuration"
)]
fn is_released() -> bool {
    std::env::var("UPDATE_BASELINE").is_ok_and(|value| value == "1")
}

#[test]
fn the_api_breaks_no_client() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi-baseline.json");
    if is_released() {
        fs::write(&path, openapi::pretty()).unwrap();
    }
    let baseline: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let current: Value = serde_json::from_str(&openapi::pretty()).unwrap();
    let breaks = breaking(&baseline, &current);
    assert!(
        breaks.is_empty(),
        "clients would break; if that is wanted, name it in CHANGELOG.md and run with UPDATE_BASELINE=1: {breaks:#?}"
    );
}

/// A document with one operation.
fn document() -> Value {
    json!({
        "paths": {"/orders": {"post": {
            "operationId": "place",
            "parameters": [
                {"in": "query", "name": "q", "required": false, "schema": {"type": "string", "maxLength": 9}}
            ],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
            "responses": {"201": {"content": {"application/json": {"schema": {
                "type": "object", "required": ["id"],
                "properties": {"id": {"type": "string"}, "lines": {"type": "array", "items": {"type": "integer"}}}
            }}}}}
        }}},
        "components": {"schemas": {"New": {
            "type": "object", "required": ["sku"],
            "properties": {"sku": {"type": "string"}, "kind": {"enum": ["a", "b"]}, "note": {"type": ["string", "null"]}}
        }}}
    })
}

#[test]
fn each_break_is_found() {
    const POST: &str = "/paths/~1orders/post";
    const NEW: &str = "/components/schemas/New";
    const ANSWER: &str = "/responses/201/content/application~1json/schema";
    assert_eq!(breaking(&document(), &document()), Vec::<String>::new());
    let answer = format!("{POST}{ANSWER}");
    for (place, change, expected) in [
        ("/paths", json!({}), "POST /orders: is gone"),
        (
            &format!("{POST}/operationId"),
            json!("put"),
            "another operationId",
        ),
        (
            &format!("{POST}/parameters/0/required"),
            json!(true),
            "query q is required now",
        ),
        (&format!("{POST}/parameters"), json!([]), "query q is gone"),
        (
            &format!("{POST}/parameters/0/schema/maxLength"),
            json!(8),
            "maxLength was 9 and is 8",
        ),
        (
            &format!("{NEW}/required"),
            json!(["sku", "note"]),
            "note is required now",
        ),
        (
            &format!("{NEW}/properties/note/type"),
            json!("string"),
            "the type was",
        ),
        (
            &format!("{NEW}/properties/kind/enum"),
            json!(["a"]),
            "does not accept",
        ),
        (
            &format!("{NEW}/properties"),
            json!({"sku": {"type": "string"}}),
            "note is gone",
        ),
        (
            &format!("{POST}/responses"),
            json!({}),
            "POST /orders 201: is gone",
        ),
        (
            &format!("{answer}/required"),
            json!([]),
            "id may be absent now",
        ),
        (
            &format!("{answer}/properties/lines/items/type"),
            json!("string"),
            "the type was",
        ),
    ] {
        let mut changed = document();
        *changed.pointer_mut(place).unwrap() = change;
        let breaks = breaking(&document(), &changed);
        assert!(
            breaks.iter().any(|found| found.contains(expected)),
            "{place}: {breaks:?}"
        );
    }
}

#[test]
fn additions_break_nothing() {
    let mut changed = document();
    changed["paths"]["/more"] = json!({"get": {"operationId": "more", "responses": {}}});
    changed["components"]["schemas"]["New"]["properties"]["more"] = json!({"type": "string"});
    changed["components"]["schemas"]["New"]["properties"]["kind"]["enum"] = json!(["a", "b", "c"]);
    changed["components"]["schemas"]["New"]["required"] = json!([]);
    let responses = &mut changed["paths"]["/orders"]["post"]["responses"];
    responses["201"]["content"]["application/json"]["schema"]["properties"]["new"] =
        json!({"type": "string"});
    responses["429"] = json!({"content": {}});
    assert_eq!(breaking(&document(), &changed), Vec::<String>::new());
}
