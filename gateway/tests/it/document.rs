//! The OpenAPI document matches the URL table, the committed file and the README.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use gateway::{openapi, problem::reasons, route::Access, routes::TABLE};
use serde_json::Value;

use crate::shop::Shop;

fn document() -> Value {
    serde_json::from_str(&openapi::pretty()).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch for developers, not configuration"
)]
pub(crate) fn is_updating() -> bool {
    std::env::var("UPDATE_DOCS").is_ok_and(|value| value == "1")
}

#[test]
fn the_committed_document_is_the_served_one() {
    let path = root().join("docs/openapi.json");
    if is_updating() {
        fs::write(&path, openapi::pretty()).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == openapi::pretty(),
        "docs/openapi.json is out of date: run the tests with UPDATE_DOCS=1"
    );
}

/// The URL table of the README.
fn url_table() -> String {
    let document = document();
    let mut table = "| method | URL | who | what |\n|---|---|---|---|\n".to_owned();
    for row in TABLE {
        let who = match row.access {
            Access::Public => "anyone".to_owned(),
            Access::Optional => "anyone, guest or signed in".to_owned(),
            Access::SignedIn => "signed in".to_owned(),
            Access::Staff(groups) => format!("staff: {groups}"),
            Access::RecentStaff(groups) => format!("staff, recent second factor: {groups}"),
        };
        let operation = &document["paths"][row.path][row.method.to_lowercase()];
        let what = operation["summary"].as_str().unwrap();
        table += &format!("| `{}` | `{}` | {who} | {what} |\n", row.method, row.path);
    }
    table
}

#[test]
fn the_readme_shows_the_url_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("UPDATE_DOCS=1 -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /urls -->").unwrap();
    let expected = format!(
        "{before}UPDATE_DOCS=1 -->\n{}<!-- /urls -->{after}",
        url_table()
    );
    if is_updating() {
        fs::write(&path, &expected).unwrap();
    } else {
        assert!(
            readme == expected,
            "gateway/README.md is out of date: run the tests with UPDATE_DOCS=1"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_serves_the_document() {
    let shop = Shop::open().await;
    assert_eq!(shop.get("/openapi.json").await.expect(200), document());
}

#[test]
fn the_document_has_the_rows_of_the_url_table() {
    let rows: BTreeSet<(String, String)> = TABLE
        .iter()
        .map(|row| (row.path.to_owned(), row.method.to_lowercase()))
        .collect();
    assert_eq!(rows.len(), TABLE.len(), "duplicate row");
    let mut documented = BTreeSet::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            documented.insert((path.clone(), method.clone()));
        }
    }
    assert_eq!(documented, rows);
}

#[test]
fn every_operation_documents_its_responses_and_its_access() {
    let document = document();
    let mut ids = BTreeSet::new();
    for row in TABLE {
        let operation = &document["paths"][row.path][row.method.to_lowercase()];
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id), "{row:?} has the name of another operation");
        assert!(operation["summary"].is_string(), "{row:?} has no summary");
        assert_eq!(
            operation["security"].is_array(),
            row.access.uses_caller(),
            "{row:?}"
        );
        let is_optional = operation["security"][0]
            .as_object()
            .is_some_and(serde_json::Map::is_empty);
        assert_eq!(is_optional, row.access == Access::Optional, "{row:?}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses
                .keys()
                .any(|status| status.starts_with(['2', '3'])),
            "{row:?}"
        );
        for (status, response) in responses
            .iter()
            .filter(|(status, _)| status.starts_with(['4', '5']))
        {
            let body = &response["content"]["application/problem+json"];
            assert_eq!(
                body["schema"]["$ref"], "#/components/schemas/Problem",
                "{row:?} {status}"
            );
            assert!(body["example"].is_object(), "{row:?} {status}");
        }
        for reason in operation["x-problems"].as_array().into_iter().flatten() {
            let known = reasons::ALL.iter().any(|kind| kind.reason == reason);
            assert!(
                known,
                "{row:?} names {reason}, which is not in the table of reasons"
            );
        }
        let named = operation["parameters"].as_array().into_iter().flatten();
        let segments = named.filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(segments, row.path.matches('{').count(), "{row:?}");
    }
}

#[test]
fn every_list_links_to_its_first_page() {
    let document = document();
    let mut lists = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let answer = &item["get"]["responses"]["200"];
        let schema = &answer["content"]["application/json"]["schema"]["$ref"];
        let Some(name) = schema.as_str().and_then(|name| name.rsplit('/').next()) else {
            continue;
        };
        let properties = &document["components"]["schemas"][name]["properties"];
        // The answer with categories is cached, and the same for everyone.
        if properties.get("items").is_some() && path != "/api/v1/categories" {
            assert!(answer["headers"].get("Link").is_some(), "{path}");
            lists += 1;
        }
    }
    assert!(lists > 10, "{lists}");
}

#[test]
fn tags_are_listed_in_the_order_of_use_and_keys_come_last() {
    let document = document();
    let declared = document["tags"].as_array().unwrap();
    let declared: Vec<&str> = declared
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    assert_eq!((declared[0], declared[1]), ("Catalog", "Cart"));
    assert_eq!(declared.last(), Some(&"Keys"));
    let mut used = BTreeSet::new();
    for row in TABLE {
        let operation = &document["paths"][row.path][row.method.to_lowercase()];
        used.insert(operation["tags"][0].as_str().unwrap());
    }
    assert_eq!(used, declared.into_iter().collect());
}

#[test]
fn every_reference_resolves() {
    let document = document();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} does not resolve"
        );
    }
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.insert(reference.clone());
            }
            fields.values().for_each(|value| collect(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_problem_type_resolves_to_its_kind() {
    let shop = Shop::open().await;
    let all = shop.get("/problems").await.expect(200);
    assert_eq!(all.as_array().unwrap().len(), reasons::ALL.len());
    for kind in all.as_array().unwrap() {
        let meaning = shop.get(kind["type"].as_str().unwrap()).await.expect(200);
        assert_eq!(&meaning, kind);
    }
    shop.get("/problems/no-such-kind")
        .await
        .problem(404, "not-found");
}
