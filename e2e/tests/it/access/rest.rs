use e2e::Shop;
use futures_util::future::join_all;
use gateway::{route::Row, routes::TABLE};
use serde_json::Value;

use super::people::{Person, Tokens};
use super::rule::Rule;
use crate::shops::WITHOUT_RATE_LIMITS;

/// An id that nothing has.
const NOTHING: &str = "01a20683-588d-772f-9d58-2dca5df5450b";

/// The problems with which the gate and the services refuse a caller.
const REFUSALS: [&str; 5] = [
    "token-missing",
    "token-expired",
    "token-invalid",
    "forbidden",
    "step-up-required",
];

/// The URL of a row, about things that do not exist.
fn url(row: &Row) -> String {
    let segments = row.path.split('/').map(|segment| match segment {
        "{service}" => "order",
        "{sku}" | "{product}" => "NOTHING-1",
        segment if segment.starts_with('{') => NOTHING,
        segment => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The reason with which the gateway refuses the caller, if it does.
async fn refusal(shop: &Shop, row: &Row, token: Option<&str>) -> Option<String> {
    let response = shop.rest(row.method, &url(row), token).await;
    let status = response.status().as_u16();
    assert!(status < 500 && status != 429, "{row:?}: {status}");
    if !matches!(status, 401 | 403) {
        return None;
    }
    let problem: Value = response.json().await.expect("a problem");
    let name = problem["type"].as_str().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    let reason = name.to_uppercase().replace('-', "_");
    REFUSALS.contains(&name).then_some(reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_url_admits_whom_its_row_says_and_nobody_else() {
    let shop = Shop::open_with(WITHOUT_RATE_LIMITS).await;
    let tokens = Tokens::of(&shop).await;
    let mut wrong = Vec::new();
    for row in TABLE {
        let calls = Person::all().into_iter().map(async |person| {
            let token = tokens.of_person(person);
            (person, refusal(&shop, row, token.as_deref()).await)
        });
        for (person, actual) in join_all(calls).await {
            let rule = Rule::of_row(row);
            if !rule.admits(person, actual.as_deref()) {
                let expected = rule.refusal(person);
                let (method, path, name) = (row.method, row.path, person.name());
                wrong.push(format!(
                    "{method} {path} as {name}: {actual:?}, not {expected:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
