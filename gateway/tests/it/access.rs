//! Each row of the URL table, called by every role.

use contracts::order::v1::{GetCartRequest, GetCartResponse};
use gateway::{
    route::{Access, Row},
    routes::TABLE,
};

use kernel::Clock;
use kernel::{Group, UserId};
use serde_json::json;

use crate::{
    samples::ID,
    shop::{Answer, Shop},
};

const INVALID_TOKEN: &str = "Bearer error=\"invalid_token\"";

async fn call(shop: &Shop, row: &Row, token: Option<&str>) -> Answer {
    match token {
        Some(token) => call_with(shop, row, &[&format!("Bearer {token}")]).await,
        None => call_with(shop, row, &[]).await,
    }
}

/// Calls a row with these values of `Authorization`.
async fn call_with(shop: &Shop, row: &Row, authorization: &[&str]) -> Answer {
    let path = row
        .path
        .replace("{id}", ID)
        .replace("{service}", "order")
        .replace("{product}", "COFFEE-1")
        .replace("{sku}", "COFFEE-1")
        .replace("{file}", "index.html")
        .replace("{name}", "cart-empty");
    let request = shop.request(row.method, &path);
    let headers = authorization.iter();
    Answer::of(headers.fold(request, |request, value| {
        request.header("Authorization", *value)
    }))
    .await
}

fn is_rejected(answer: &Answer) -> bool {
    matches!(answer.status, 401 | 403)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_enforces_its_access() {
    let shop = Shop::open().await;
    for row in TABLE {
        let no_one = call(&shop, row, None).await;
        let customer = call(&shop, row, Some(&shop.customer.1)).await;
        let staff = call(&shop, row, Some(&shop.staff)).await;
        assert!(!is_rejected(&staff), "{row:?}: {staff:?}");
        match row.access {
            Access::Public | Access::Optional => {
                assert!(!is_rejected(&no_one) && !is_rejected(&customer), "{row:?}");
            }
            Access::SignedIn => {
                no_one.problem(401, "token-missing");
                assert!(!is_rejected(&customer), "{row:?}: {customer:?}");
            }
            Access::Staff(_) | Access::RecentStaff(_) => {
                no_one.problem(401, "token-missing");
                customer.problem(403, "forbidden");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_staff_is_open_to_its_groups_only() {
    let shop = Shop::open().await;
    for row in TABLE {
        let Some(groups) = row.access.groups() else {
            continue;
        };
        assert!(!groups.is_empty(), "{row:?}");
        for group in Group::ALL {
            let token = shop.issuer.staff_token(UserId::generate(), &[group.name()]);
            let answer = call(&shop, row, Some(&token)).await;
            match groups.contains(group) {
                true => assert!(!is_rejected(&answer), "{row:?}: {group:?}: {answer:?}"),
                false => drop(answer.problem(403, "forbidden")),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_without_a_recent_second_factor_is_asked_to_step_up() {
    let shop = Shop::open().await;
    let user = UserId::generate();
    let password_only = json!({"groups": [], "amr": ["pwd"]});
    let password_only = shop.issuer.token_with(user, "staff", &password_only);
    let an_hour_ago = Clock::system().now().timestamp() - 3_600;
    let long_ago = json!({"auth_time": an_hour_ago});
    let long_ago = shop.issuer.token_with(user, "staff", &long_ago);
    for row in TABLE.iter().filter(|row| row.access.groups().is_some()) {
        let answer = call(&shop, row, Some(&password_only)).await;
        answer.problem(401, "step-up-required");
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer error=\"insufficient_user_authentication\", \
             error_description=\"prove your second factor\", max_age=600"
        );
        let answer = call(&shop, row, Some(&long_ago)).await;
        match row.access {
            Access::RecentStaff(_) => drop(answer.problem(401, "step-up-required")),
            _ => assert!(!is_rejected(&answer), "{row:?}: {answer:?}"),
        }
    }
}

/// What a client sees of a response; without the trace and the time.
fn seen(answer: &Answer) -> (u16, String) {
    let mut text = answer.text.clone();
    if let Ok(serde_json::Value::Object(mut document)) = serde_json::from_str(&text) {
        document.remove("trace_id");
        text = serde_json::Value::Object(document).to_string();
    }
    (answer.status, text)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_rejects_an_invalid_token_or_ignores_it() {
    let shop = Shop::open().await;
    let (user, good) = &shop.customer;
    let expired = shop.issuer.expired_token(*user, "customer");
    let forged = testkit::Issuer::start().await.token(*user, "staff");
    let cut = &good[..good.len() - 4];
    for row in TABLE {
        let no_one = call(&shop, row, None).await;
        for (token, problem) in [
            (expired.as_str(), "token-expired"),
            (&forged, "token-invalid"),
            (cut, "token-invalid"),
            ("", "token-invalid"),
        ] {
            let answer = call(&shop, row, Some(token)).await;
            if row.access.uses_caller() {
                answer.problem(401, problem);
                assert_eq!(answer.header("www-authenticate"), INVALID_TOKEN, "{row:?}");
            } else {
                assert_eq!(seen(&answer), seen(&no_one), "{row:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_authorization_scheme_is_no_token_on_each_row() {
    let shop = Shop::open().await;
    for row in TABLE {
        let no_one = call(&shop, row, None).await;
        for value in ["Basic YWRhOnNlY3JldA==", "token", "Bearers x"] {
            let answer = call_with(&shop, row, &[value]).await;
            assert_eq!(seen(&answer), seen(&no_one), "{row:?}: {value}");
        }
        if no_one.status == 401 {
            assert_eq!(no_one.header("www-authenticate"), "Bearer", "{row:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_authorization_headers_are_refused_on_each_row_that_reads_them() {
    let shop = Shop::open().await;
    let customer = format!("Bearer {}", shop.customer.1);
    let staff = format!("Bearer {}", shop.staff);
    for row in TABLE {
        let no_one = call(&shop, row, None).await;
        for pair in [
            [customer.as_str(), &staff],
            [&staff, &customer],
            [&customer, &customer],
            ["Basic YWRhOnNlY3JldA==", &customer],
        ] {
            let answer = call_with(&shop, row, &pair).await;
            if row.access.uses_caller() {
                let document = answer.problem(400, "header-invalid");
                assert_eq!(document["errors"][0]["field"], "Authorization", "{row:?}");
            } else {
                assert_eq!(seen(&answer), seen(&no_one), "{row:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_cart_tokens_are_refused() {
    let shop = Shop::open().await;
    for pair in [
        ["guest-1", "guest-2"],
        ["guest-1", "guest-1"],
        ["", "guest-1"],
    ] {
        let request = pair
            .iter()
            .fold(shop.request("GET", "/api/v1/cart"), |request, token| {
                request.header("Cart-Token", *token)
            });
        let document = Answer::of(request).await.problem(400, "header-invalid");
        assert_eq!(document["errors"][0]["field"], "Cart-Token");
    }
    assert!(shop.services.calls::<GetCartRequest>().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_cart_token_is_no_token() {
    let shop = Shop::open().await;
    shop.services.on(|request: GetCartRequest| {
        assert!(request.guest_token.is_empty(), "{request:?}");
        Ok(GetCartResponse {
            cart: crate::samples::cart(""),
        })
    });
    let request = shop.request("GET", "/api/v1/cart").header("Cart-Token", "");
    Answer::of(request).await.expect(200);
}
