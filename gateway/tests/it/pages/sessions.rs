//! Who a visitor is: their cookies, and nothing else.

use contracts::{order::v1::*, user::v1::*};
use gateway::route::Access;
use kernel::UserId;
use serde_json::json;
use tonic::{Code, Status};

use crate::{
    pages::browser::{Browser, live_session, shop, shop_with},
    samples::{ID, refusal, user},
    shop::{Answer, Shop},
};

fn authorization<Q: 'static>(shop: &Shop) -> Vec<Option<String>> {
    let calls = shop.services.calls::<Q>();
    let values = calls.iter().map(|call| {
        let value = call.get("authorization")?;
        Some(value.to_str().unwrap().to_owned())
    });
    values.collect()
}

/// An access token that expired an hour ago.
fn expired(shop: &Shop) -> String {
    let hour_ago = kernel::Clock::system().now().timestamp() - 3_600;
    let times = json!({"iat": hour_ago - 900, "exp": hour_ago});
    shop.issuer
        .token_with(UserId::generate(), "customer", &times)
}

fn refreshed_to(shop: &Shop, token: &str) {
    let token = token.to_owned();
    shop.services.on(move |_: RefreshSessionRequest| {
        Ok(RefreshSessionResponse {
            session: live_session(&token),
        })
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_calls_the_services_as_the_visitor_of_its_cookie() {
    let shop = shop().await;
    let browser = Browser::new(&shop).with("access", &shop.customer.1);
    let page = browser.open("/cart").await;
    assert!(page.text.contains(">Account<"), "{page:?}");
    let expected = Some(format!("Bearer {}", shop.customer.1));
    assert_eq!(authorization::<GetCartRequest>(&shop), [expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_ignores_authorization_and_the_api_ignores_cookies() {
    let shop = shop().await;
    shop.services
        .on(|_: GetMeRequest| Ok(GetMeResponse { user: user() }));
    let browser = Browser::new(&shop);
    let request = browser.request("GET", "/").bearer_auth(&shop.customer.1);
    let page = browser.send(request).await;
    assert!(page.text.contains(">Sign in<"), "{page:?}");
    assert_eq!(authorization::<GetCartRequest>(&shop), []);

    let browser = Browser::new(&shop).with("access", &shop.customer.1);
    let answer = browser.open("/api/v1/me").await;
    answer.problem(401, "token-missing");
    assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_access_token_is_refreshed_once() {
    let shop = shop().await;
    refreshed_to(&shop, &shop.customer.1);
    let browser = Browser::new(&shop)
        .with("access", &expired(&shop))
        .with("refresh", "old");
    for _ in 0..2 {
        let page = browser.open("/cart").await;
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.text.contains(">Account<"), "{page:?}");
    }
    assert_eq!(shop.services.calls::<RefreshSessionRequest>().len(), 1);
    assert_eq!(browser.cookie("refresh").unwrap(), "refresh");
    let customer = Some(format!("Bearer {}", shop.customer.1));
    for call in authorization::<GetCartRequest>(&shop) {
        assert_eq!(call, customer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_an_expired_access_token_is_carried_out() {
    let shop = shop().await;
    refreshed_to(&shop, &shop.customer.1);
    shop.services.on(|_: SetItemRequest| {
        Ok(SetItemResponse {
            cart: crate::samples::cart(""),
        })
    });
    let browser = Browser::new(&shop).with("access", &shop.customer.1);
    browser.open("/products/coffee-one").await;
    let browser = browser
        .with("access", &expired(&shop))
        .with("refresh", "old");
    let item = [("sku", "COFFEE-1"), ("quantity", "1")];
    let answer = browser.submit("/cart/items", &item).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(browser.cookie("access").unwrap(), shop.customer.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_whose_session_has_ended_is_a_guest() {
    let shop = shop().await;
    shop.services.on(|_: RefreshSessionRequest| {
        let status: Status = refusal(Code::Unauthenticated, "SESSION_REUSED", "used");
        Err::<RefreshSessionResponse, _>(status)
    });
    let browser = Browser::new(&shop)
        .with("access", "forged")
        .with("refresh", "used");
    let page = browser.open("/").await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.text.contains(">Sign in<"), "{page:?}");
    assert_eq!(
        (browser.cookie("access"), browser.cookie("refresh")),
        (None, None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_service_of_accounts_visitors_can_look_around_but_are_no_guests() {
    let shop = shop().await;
    shop.services.on(|_: RefreshSessionRequest| {
        Err::<RefreshSessionResponse, _>(Status::unavailable("stopped"))
    });
    let browser = Browser::new(&shop).with("refresh", "token");
    assert_eq!(browser.open("/").await.status, 200);
    assert_eq!(browser.open("/cart").await.status, 503);
    assert_eq!(browser.cookie("refresh").unwrap(), "token");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_for_customers_asks_guests_to_sign_in() {
    let shop = shop().await;
    let rows = gateway::shop::routes::TABLE.iter();
    let rows = rows.filter(|row| row.access == Access::SignedIn);
    for row in rows {
        let path = row.path.replace("{id}", ID).replace("{order}", ID);
        let browser = Browser::new(&shop);
        // A token of the API is no session.
        let request = browser.request(row.method, &path);
        let answer = browser.send(request.bearer_auth(&shop.customer.1)).await;
        assert_eq!(answer.status, 303, "{row:?}: {answer:?}");
        let location = answer.header("location");
        assert!(
            location.starts_with("/sign-in?next=%2F"),
            "{row:?}: {location}"
        );
    }
}

/// The attributes of the cookies that a response sets, by name.
fn attributes(answer: &Answer, name: &str) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter();
    let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap());
    let cookie = cookies.find(|cookie| cookie.starts_with(&format!("{name}=")));
    let cookie = cookie.unwrap_or_else(|| panic!("{name}: {answer:?}"));
    cookie.split_once(';').unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_every_cookie_is_secure_and_of_this_host() {
    let shop = shop_with(|source| source.set("pages.public_url", "https://shop.example")).await;
    refreshed_to(&shop, &shop.customer.1);
    let browser = Browser::new(&shop).with("__Host-refresh", "old");
    let answer = browser.open("/").await;
    for name in ["__Host-access", "__Host-refresh", "__Host-form"] {
        let attributes = attributes(&answer, name);
        for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(attributes.contains(part), "{name}: {attributes}");
        }
        assert!(!attributes.contains("Domain"), "{name}: {attributes}");
    }
    // A cookie that a subdomain could have set has no prefix.
    let browser = Browser::new(&shop).with("refresh", "old");
    assert!(browser.open("/").await.text.contains(">Sign in<"));
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_no_cookie_is_secure() {
    let shop = shop().await;
    refreshed_to(&shop, &shop.customer.1);
    let browser = Browser::new(&shop).with("refresh", "old");
    let answer = browser.open("/").await;
    for name in ["access", "refresh", "form"] {
        let attributes = attributes(&answer, name);
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(attributes.contains(part), "{name}: {attributes}");
        }
        assert!(!attributes.contains("Secure"), "{name}: {attributes}");
    }
}
