//! The page after 3-D Secure.

use crate::{
    samples::ID,
    shop::{Answer, Shop},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_bank_redirects_to_a_page_that_says_to_return_to_the_shop() {
    let shop = Shop::open().await;
    let path = format!(
        "/orders/{ID}?payment_intent=pi_1&payment_intent_client_secret=pi_1_secret_2&redirect_status=succeeded"
    );
    let page = shop.get(&path).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let csp = page.header("content-security-policy");
    assert!(csp.starts_with("default-src 'none';"), "{csp}");
    assert!(!csp.contains("script"), "{csp}");
    assert!(page.text.contains("return to the shop"), "{}", page.text);
    assert!(page.text.contains(ID), "{}", page.text);
    for absent in ["<script", "secret", "pi_1"] {
        assert!(!page.text.contains(absent), "{absent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_the_same_for_everyone() {
    let shop = Shop::open().await;
    let path = format!("/orders/{ID}");
    let page = shop.get(&path).await;
    let request = shop.request("GET", &path).bearer_auth("an-expired-token");
    assert_eq!(Answer::of(request).await.text, page.text);
    shop.get("/orders/<script>")
        .await
        .problem(400, "path-invalid");
}
