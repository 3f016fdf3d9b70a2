//! Numbers, texts, page tokens, content types and redirects that an attacker chooses.

use e2e::Shop;
use gateway::routes::TABLE;
use reqwest::header::{CONTENT_TYPE, LOCATION, ORIGIN};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::hostile::{self, NOTHING, TEXTS, open, query_of, rows_with_a_body, staff_token};

#[tokio::test(flavor = "multi_thread")]
async fn a_quantity_is_a_whole_number_within_bounds() {
    let (shop, _) = open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let customer = shop.customer().await;
    let token = customer.token().unwrap();
    let put = async |quantity: &str| {
        let request = shop
            .request(Method::PUT, "/api/v1/cart/items/CHAIR")
            .bearer_auth(token)
            .header(CONTENT_TYPE, "application/json");
        let body = format!("{{\"quantity\":{quantity}}}");
        let answer = request.body(body).send().await.unwrap();
        answer.status().as_u16()
    };
    for quantity in [
        "-1",
        "-0.5",
        "1.5",
        "1e-1",
        "0.1e1000",
        "1e400",
        "-1e400",
        "1e308",
        "1e3",
        "1000",
        "2147483648",
        "4294967297",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "\"1\"",
        "null",
        "true",
        "[1]",
        "{}",
        "NaN",
        "Infinity",
        "0x10",
        "1_000",
        "+1",
        "01",
        "1,\"quantity\":2",
    ] {
        let status = put(quantity).await;
        assert!(matches!(status, 400 | 422), "{quantity}: {status}");
    }
    let cart = customer.get("/cart").await;
    assert_eq!(cart["lines"], json!([]), "{cart}");
    // A whole number may be written with an exponent.
    assert_eq!(put("2e0").await, 200);
    let cart = customer.get("/cart").await;
    assert_eq!(cart["lines"][0]["quantity"], 2, "{cart}");
}

/// Rows whose answer to a hostile text is not a failure of the shop, for every method.
fn is_handled(response: &Response) -> bool {
    response.status().as_u16() < 500
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_texts_break_nothing() {
    let (shop, key) = open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let token = staff_token(&key);
    for text in TEXTS {
        for (row, schema) in rows_with_a_body() {
            let request = hostile::request(&shop, row, NOTHING).bearer_auth(&token);
            let body = hostile::body(&schema, text);
            let answer = request.json(&body).send().await.unwrap();
            assert!(
                is_handled(&answer),
                "{row:?}: {text:?}: {}",
                answer.status()
            );
        }
        for row in TABLE.iter().filter(|row| row.path != "/webhooks/stripe") {
            let request = hostile::request(&shop, row, text).bearer_auth(&token);
            let answer = request.send().await.unwrap();
            assert!(
                is_handled(&answer),
                "{row:?}: {text:?}: {}",
                answer.status()
            );
            let cookies = answer.headers().get("Set-Cookie");
            assert_eq!(cookies, None, "{row:?}: {text:?}");
        }
        for row in TABLE.iter().filter(|row| row.method == "GET") {
            for parameter in query_of(row) {
                let query = [(parameter.as_str(), text)];
                let request = hostile::request_with_query(&shop, row, NOTHING, &query);
                let answer = request.bearer_auth(&token).send().await.unwrap();
                let status = answer.status();
                assert!(
                    is_handled(&answer),
                    "{row:?}: {parameter}={text:?}: {status}"
                );
            }
        }
    }
    still_sells(&shop).await;
}

/// The tables are there, and an order goes through.
async fn still_sells(shop: &Shop) {
    let mut customer = shop.customer().await;
    let order = customer.buy("CHAIR", 1, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_are_stored_come_back_as_they_are() {
    let (shop, _) = open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let customer = shop.customer().await;
    for text in [
        "'; DROP TABLE addresses; --",
        "<script>alert(1)</script>",
        "{{7*7}}${7*7}",
        "%s%n\\'\"",
    ] {
        let address = json!({"label": text, "postal": {
            "recipient": text, "line1": text, "city": "Berlin",
            "postal_code": "10115", "country": "DE"
        }});
        let saved = customer.post("/me/addresses", address).await.ok();
        assert_eq!(saved["label"], text);
        assert_eq!(saved["postal"]["recipient"], text);
    }
    let saved = customer.get("/me/addresses").await;
    assert_eq!(saved["items"].as_array().map(Vec::len), Some(4));
    still_sells(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_markup_is_never_a_page() {
    const MARKUP: &str = "<script>alert(1)</script>";
    let (shop, key) = open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let staff = shop.staff().await;
    let change = json!({"name": MARKUP, "description": MARKUP, "attributes": {"note": MARKUP}});
    staff.change("/staff/products/CHAIR", change).await.ok();
    let token = staff_token(&key);
    let mut shown = 0;
    for row in TABLE.iter().filter(|row| row.method == "GET") {
        for segment in [MARKUP, "chair", NOTHING] {
            let searches = query_of(row).iter().any(|name| name == "q");
            let query: &[(&str, &str)] = if searches { &[("q", MARKUP)] } else { &[] };
            let request = hostile::request_with_query(&shop, row, segment, query);
            let answer = request.bearer_auth(&token).send().await.unwrap();
            let header = |name: &str| {
                let value = answer.headers().get(name);
                value.map_or("", |value| value.to_str().unwrap()).to_owned()
            };
            assert_eq!(header("X-Content-Type-Options"), "nosniff", "{row:?}");
            let kind = header("Content-Type");
            let text = answer.text().await.unwrap();
            if text.contains(MARKUP) {
                shown += 1;
                let is_json = ["application/json", "application/problem+json"];
                assert!(is_json.contains(&kind.as_str()), "{row:?}: {kind}");
            }
        }
    }
    assert!(shown > 0, "the markup is shown somewhere, as JSON");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_web_site_changes_nothing() {
    let (shop, key) = open().await;
    let token = staff_token(&key);
    for (row, _) in rows_with_a_body() {
        // What a page can send without asking: the three types of forms, and none.
        for kind in [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
        ] {
            let request = hostile::request(&shop, row, NOTHING).bearer_auth(&token);
            let request = request.header(ORIGIN, "https://evil.example");
            let request = match kind {
                "" => request,
                kind => request.header(CONTENT_TYPE, kind),
            };
            let answer = request.body("{\"quantity\":1}").send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 415, "{row:?} with {kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_in_a_browser_that_another_web_site_could_use() {
    let (shop, key) = open().await;
    let token = staff_token(&key);
    for row in TABLE {
        let request = hostile::request(&shop, row, NOTHING).bearer_auth(&token);
        let request = request.header(ORIGIN, "https://evil.example");
        let answer = request.json(&json!({})).send().await.unwrap();
        for header in ["Set-Cookie", "Access-Control-Allow-Origin"] {
            assert_eq!(answer.headers().get(header), None, "{row:?}: {header}");
        }
        let path = row.path.replace(['{', '}'], "");
        let question = shop
            .request(Method::OPTIONS, &path)
            .header(ORIGIN, "https://evil.example")
            .header("Access-Control-Request-Method", row.method)
            .header("Access-Control-Request-Headers", "authorization");
        let answer = question.send().await.unwrap();
        let allowed = answer.headers().get("Access-Control-Allow-Origin");
        assert_eq!(allowed, None, "{row:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_stay_in_the_shop() {
    let (shop, key) = open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let staff = shop.staff().await;
    let renamed = json!({"slug": "armchair"});
    staff.change("/staff/products/CHAIR", renamed).await.ok();
    let token = staff_token(&key);
    let mut redirects = Vec::new();
    for row in TABLE.iter().filter(|row| row.method == "GET") {
        for segment in [
            "chair",
            "//evil.example",
            "\\\\evil.example",
            "@evil.example",
            NOTHING,
        ] {
            let request = hostile::request(&shop, row, segment).bearer_auth(&token);
            let answer = request
                .header("Host", "evil.example")
                .header("X-Forwarded-Host", "evil.example")
                .send()
                .await
                .unwrap();
            if let Some(location) = answer.headers().get(LOCATION) {
                let location = location.to_str().unwrap().to_owned();
                assert!(
                    location.starts_with('/') && !location.starts_with("//"),
                    "{row:?}: {location}"
                );
                assert!(!location.contains("evil.example"), "{row:?}: {location}");
                redirects.push(location);
            }
        }
    }
    let moved = "/api/v1/products/armchair";
    assert!(
        redirects.iter().any(|location| location == moved),
        "{redirects:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_body_is_one_value_of_bounded_depth() {
    let (shop, _) = open().await;
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    for body in [
        deep.as_str(),
        "{\"email\":\"a@example.com\"",
        "{\"email\":\"\\ud800@example.com\",\"password\":\"a password\",\"display_name\":\"M\"}",
        "{}{}",
        "\u{feff}{}",
        "",
        "null",
        "[]",
    ] {
        let answer = shop
            .request(Method::POST, "/api/v1/users")
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let problem: Value = answer.json().await.unwrap();
        let shown: String = body.chars().take(40).collect();
        assert!(matches!(status, 400 | 413), "{shown}: {problem}");
    }
}
