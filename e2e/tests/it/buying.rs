use e2e::{Money, Shop};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_leaves_all_services_consistent() {
    let shop = Shop::open().await;
    shop.product("LAMP", 4_900, 10).await;
    let mut customer = shop.customer().await;

    let order = customer.buy("LAMP", 2, "pm_card_visa").await;
    let confirmed = customer.wait_for(&order, "confirmed").await;

    assert_eq!(Money::of(&confirmed["totals"]["lines"]), Money(9_800));
    assert_eq!(shop.stock("LAMP").await, (8, 0));
    assert_eq!(
        customer.timeline(&order).await,
        [
            "order:placed",
            "catalog:stock_reserved",
            "payment:payment_authorized",
            "catalog:reservation_committed",
            "order:confirmed"
        ]
    );
    let total = confirmed["totals"]["total"]["minor_units"]
        .as_i64()
        .unwrap();
    assert_eq!(
        shop.intents().await,
        [("requires_capture".to_owned(), 0, total)]
    );
    let ledger = shop.ledger(&order).await;
    assert_eq!(ledger.iter().map(|(.., amount)| amount.0).sum::<i64>(), 0);
    assert!(ledger.iter().all(|(kind, ..)| kind == "authorize"));
    shop.wait_until_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_cart_is_kept_at_sign_in() {
    let shop = Shop::open().await;
    shop.product("MUG", 1_200, 10).await;
    let mut guest = shop.guest();
    guest.put_into_cart("MUG", 3).await;

    let mut customer = guest.register().await;
    let cart = customer.get("/cart?country=DE").await;
    assert_eq!(cart["lines"][0]["quantity"], 3);

    let order = customer.buy("MUG", 4, "pm_card_visa").await;
    let order = customer.wait_for(&order, "confirmed").await;
    assert_eq!(order["lines"][0]["quantity"], 4);
    let cart = customer.get("/cart").await;
    assert_eq!(
        cart["lines"],
        json!([]),
        "the cart is empty after the checkout"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_keeps_its_price() {
    let shop = Shop::open().await;
    shop.product("PEN", 300, 10).await;
    let mut customer = shop.customer().await;
    let order = customer.buy("PEN", 1, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;

    let staff = shop.staff().await;
    let changed = json!({"name": "Gold pen", "price": {"minor_units": 99_900}});
    staff.change("/staff/products/PEN", changed).await.ok();

    let sold = customer.get(&format!("/orders/{order}")).await;
    assert_eq!(sold["lines"][0]["name"], "Product PEN");
    assert_eq!(Money::of(&sold["lines"][0]["unit_price"]), Money(300));
    let cart = customer.put_into_cart("PEN", 1).await;
    assert_eq!(Money::of(&cart["lines"][0]["unit_price"]), Money(99_900));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discount_code_lowers_the_authorized_amount() {
    let shop = Shop::open().await;
    shop.product("BOOK", 10_000, 10).await;
    let mut customer = shop.customer().await;
    customer.put_into_cart("BOOK", 1).await;
    let code = json!({"code": "WELCOME10"});
    customer
        .call(Method::PUT, "/cart/discount", Some(code))
        .await
        .ok();

    let placed = customer.check_out("pm_card_visa", "discounted").await.ok();
    let order = placed["id"].as_str().unwrap();
    let order = customer.wait_for(order, "confirmed").await;
    assert_eq!(Money::of(&order["totals"]["discount"]), Money(1_000));
    let total = Money::of(&order["totals"]["total"]);
    assert_eq!(
        shop.intents().await,
        [("requires_capture".to_owned(), 0, total.0)]
    );
}
