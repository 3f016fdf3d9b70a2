//! Carts that cannot be ordered as they are: two currencies, too many units, an archived product.

use e2e::{Customer, Shop};
use reqwest::Method;
use serde_json::{Value, json};

const PASSWORD: &str = "a password of a browser";

async fn two_currencies() -> Shop {
    let shop = Shop::open_with(&[("catalog", "prices.currencies", "EUR,JPY")]).await;
    shop.product("TEA", 250, 5_000).await;
    let sake = json!({
        "sku": "SAKE", "slug": "sake", "name": "Sake", "description": "",
        "price": {"minor_units": 900, "currency": "JPY"},
        "category": "goods", "attributes": {}, "images": [], "on_hand": 5,
    });
    shop.staff().await.post("/staff/products", sake).await.ok();
    shop
}

/// Registers an account, and puts something into its cart.
async fn account(shop: &Shop, email: &str, sku: &str, quantity: u32) {
    let account = json!({"email": email, "password": PASSWORD, "display_name": "Ada"});
    shop.guest().post("/users", account).await.ok();
    let mut customer = shop.guest().sign_in(email, PASSWORD).await;
    customer.put_into_cart(sku, quantity).await;
}

/// A guest's cart: its client and its token.
async fn guest_with(shop: &Shop, sku: &str, quantity: u32) -> (Customer, String) {
    let mut guest = shop.guest();
    let cart = guest.put_into_cart(sku, quantity).await;
    (guest, cart["guest_token"].as_str().unwrap().to_owned())
}

/// Signs in with a guest's token. Returns the session.
async fn sign_in_with(shop: &Shop, email: &str, token: &str) -> Value {
    let guest = shop.guest().with_header("Cart-Token", token);
    let credentials = json!({"email": email, "password": PASSWORD});
    guest.post("/sessions", credentials).await.ok()
}

fn lines(cart: &Value) -> Vec<(String, u64)> {
    let line = |line: &Value| {
        let sku = line["sku"].as_str().unwrap().to_owned();
        (sku, line["quantity"].as_u64().unwrap())
    };
    cart["lines"].as_array().unwrap().iter().map(line).collect()
}

fn line(sku: &str, quantity: u64) -> (String, u64) {
    (sku.to_owned(), quantity)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_cart_in_another_currency_stays_theirs_and_blocks_nothing() {
    let shop = two_currencies().await;
    account(&shop, "yen@example.com", "TEA", 1).await;
    let (guest, token) = guest_with(&shop, "SAKE", 2).await;
    let session = sign_in_with(&shop, "yen@example.com", &token).await;
    assert_eq!(session["cart_merged"], false);
    let left = json!([{"sku": "SAKE", "quantity": 2, "reason": "other_currency"}]);
    assert_eq!(session["cart_left"], left);
    assert_eq!(lines(&guest.get("/cart").await), [line("SAKE", 2)]);

    let mut customer = shop.guest().sign_in("yen@example.com", PASSWORD).await;
    assert_eq!(lines(&customer.get("/cart").await), [line("TEA", 1)]);
    let refused = customer.set_item("SAKE", json!({"quantity": 1})).await;
    assert_eq!(
        (refused.status, refused.problem()),
        (409, "currency-mismatch")
    );
    assert_eq!(refused.body["detail"], "the cart is in EUR, SAKE is in JPY");
    let order = customer.buy("TEA", 2, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    assert_eq!(lines(&guest.get("/cart").await), [line("SAKE", 2)]);
    shop.wait_until_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn units_that_do_not_fit_stay_with_the_guest() {
    let shop = two_currencies().await;
    account(&shop, "many@example.com", "TEA", 600).await;
    let (guest, token) = guest_with(&shop, "TEA", 600).await;
    let session = sign_in_with(&shop, "many@example.com", &token).await;
    assert_eq!(session["cart_merged"], true);
    let left = json!([{"sku": "TEA", "quantity": 201, "reason": "line_full"}]);
    assert_eq!(session["cart_left"], left);
    assert_eq!(lines(&guest.get("/cart").await), [line("TEA", 201)]);
    let customer = shop.guest().sign_in("many@example.com", PASSWORD).await;
    assert_eq!(lines(&customer.get("/cart").await), [line("TEA", 999)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_changed_its_currency_or_left_the_shop_can_be_removed() {
    let shop = two_currencies().await;
    shop.product("MUG", 100, 5).await;
    shop.product("CUP", 100, 5).await;
    let mut customer = shop.customer().await;
    for sku in ["CUP", "TEA", "MUG"] {
        customer.put_into_cart(sku, 1).await;
    }
    let staff = shop.staff().await;
    let yen = json!({"price": {"currency": "JPY"}});
    staff.change("/staff/products/MUG", yen).await.ok();
    let archived = staff.call(Method::DELETE, "/staff/products/TEA", None);
    archived.await.ok();

    let cart = customer.get("/cart?country=DE").await;
    assert_eq!(lines(&cart), [line("CUP", 1)]);
    let unsellable = json!([
        {"sku": "TEA", "quantity": 1, "reason": "not_for_sale"},
        {"sku": "MUG", "quantity": 1, "reason": "other_currency"},
    ]);
    assert_eq!(cart["unsellable"], unsellable);
    let refused = customer.check_out("pm_card_visa", "blocked").await;
    assert_eq!(
        (refused.status, refused.problem()),
        (409, "cart-not-sellable")
    );
    assert_eq!(refused.body["errors"][0]["field"], "lines.TEA");
    assert_eq!(refused.body["errors"][1]["field"], "lines.MUG");
    for sku in ["TEA", "MUG"] {
        let path = format!("/cart/items/{sku}");
        customer.call(Method::DELETE, &path, None).await.ok();
    }
    let placed = customer.check_out("pm_card_visa", "free").await.ok();
    customer
        .wait_for(placed["id"].as_str().unwrap(), "confirmed")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_without_an_item_store_nothing_and_forged_tokens_are_refused() {
    let shop = two_currencies().await;
    let carts = "SELECT count(*) FROM carts";
    let guest = shop.guest();
    for _ in 0..3 {
        guest.get("/cart").await;
        let unknown = guest.set_item("NOTHING", json!({"quantity": 1})).await;
        assert_eq!(unknown.status, 404);
        let code = json!({"code": "WELCOME10"});
        let refused = guest.call(Method::PUT, "/cart/discount", Some(code)).await;
        assert_eq!(refused.problem(), "discount-invalid");
    }
    assert_eq!(shop.count("order", carts).await, 0);

    let (guest, token) = guest_with(&shop, "TEA", 1).await;
    assert_eq!(shop.count("order", carts).await, 1);
    let (last, start) = token.as_bytes().split_last().unwrap();
    let last = if *last == b'A' { 'B' } else { 'A' };
    let altered = format!("{}{last}", String::from_utf8_lossy(start));
    for forged in [altered.as_str(), "guess", &"0".repeat(64)] {
        let stranger = shop.guest().with_header("Cart-Token", forged);
        let refused = stranger.set_item("TEA", json!({"quantity": 1})).await;
        assert_eq!(
            (refused.status, refused.problem()),
            (400, "cart-token-invalid")
        );
        assert_eq!(lines(&stranger.get("/cart").await), []);
    }
    assert_eq!(shop.count("order", carts).await, 1);
    assert_eq!(lines(&guest.get("/cart").await), [line("TEA", 1)]);
}
