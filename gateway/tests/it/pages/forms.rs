//! A form is accepted only from a page of the shop.

use std::collections::HashSet;

use contracts::order::v1::*;

use crate::{
    pages::browser::{Browser, shop},
    samples::cart,
    shop::{Answer, Shop},
};

const ITEM: [(&str, &str); 2] = [("sku", "COFFEE-1"), ("quantity", "1")];

async fn shop_with_carts() -> Shop {
    let shop = shop().await;
    shop.services.on(|_: SetItemRequest| {
        Ok(SetItemResponse {
            cart: cart("guest-token"),
        })
    });
    shop
}

fn changes(shop: &Shop) -> usize {
    shop.services.calls::<SetItemRequest>().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_the_token_of_its_visitor_changes_nothing() {
    let shop = shop_with_carts().await;
    let (browser, other) = (Browser::new(&shop), Browser::new(&shop));
    browser.open("/products/coffee-one").await;
    other.open("/products/coffee-one").await;
    for token in ["", "0", &other.token(), &browser.cookie("form").unwrap()] {
        let mut fields = ITEM.to_vec();
        fields.push(("form_token", token));
        let request = browser.request("POST", "/cart/items").form(&fields);
        let answer = browser.send(request).await;
        assert_eq!(answer.status, 403, "{token}: {answer:?}");
        assert!(answer.text.contains("This form has expired"), "{answer:?}");
    }
    let request = browser.request("POST", "/cart/items").form(&ITEM);
    assert_eq!(browser.send(request).await.status, 403);
    assert_eq!(changes(&shop), 0);
    browser.open("/products/coffee-one").await;
    let answer = browser.submit("/cart/items", &ITEM).await;
    assert_eq!((answer.status, changes(&shop)), (303, 1), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_the_cookie_is_expired() {
    let shop = shop_with_carts().await;
    let browser = Browser::new(&shop);
    browser.open("/products/coffee-one").await;
    let stranger = Browser::new(&shop);
    let token = browser.token();
    let mut fields = ITEM.to_vec();
    fields.push(("form_token", &token));
    let request = stranger.request("POST", "/cart/items").form(&fields);
    assert_eq!(stranger.send(request).await.status, 403);
    assert_eq!(changes(&shop), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_is_refused() {
    let shop = shop_with_carts().await;
    let browser = Browser::new(&shop);
    browser.open("/products/coffee-one").await;
    let token = browser.token();
    let mut fields = ITEM.to_vec();
    fields.push(("form_token", &token));
    let own = shop.gateway.url().to_owned();
    for (name, value, status) in [
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", own.as_str(), 303),
        ("origin", "http://localhost:8080", 303),
        ("sec-fetch-site", "same-origin", 303),
    ] {
        let request = browser.request("POST", "/cart/items");
        let request = request.header(name, value).form(&fields);
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, status, "{name}: {value}: {answer:?}");
    }
    assert_eq!(changes(&shop), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_form_of_bounded_size_is_read() {
    let shop = shop_with_carts().await;
    let browser = Browser::new(&shop);
    browser.open("/products/coffee-one").await;
    let request = browser.request("POST", "/cart/items");
    let request = request.header("content-type", "text/plain").body("sku=A");
    assert_eq!(browser.send(request).await.status, 415);
    let long = "x".repeat(40_000);
    let answer = browser.submit("/cart/items", &[("sku", &long)]).await;
    assert_eq!(answer.status, 413);
    assert_eq!(changes(&shop), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_pages_carry_the_same_token() {
    let shop = shop_with_carts().await;
    let browser = Browser::new(&shop);
    let mut tokens = HashSet::new();
    for _ in 0..5 {
        browser.open("/products/coffee-one").await;
        assert!(tokens.insert(browser.token()));
    }
    let answer = browser.submit("/cart/items", &ITEM).await;
    assert_eq!(answer.status, 303);
}
