//! Invalid and unauthorized requests: each is a problem and has no effect.

use e2e::Shop;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn invalid_requests_are_problems_and_have_no_effect() {
    let shop = Shop::open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let mut customer = shop.customer().await;

    let cases = [
        (
            customer.check_out("pm_card_visa", "empty").await,
            409,
            "cart-empty",
        ),
        (shop.guest().try_get("/orders").await, 401, "token-missing"),
        (customer.try_get("/orders/42").await, 400, "path-invalid"),
        (
            customer.try_get("/products/nothing-here").await,
            404,
            "product-not-found",
        ),
        (
            customer.set_item("NOTHING", json!({"quantity": 1})).await,
            404,
            "product-not-found",
        ),
        (
            customer.set_item("CHAIR", json!({"quantity": 1000})).await,
            422,
            "validation-failed",
        ),
        (
            customer.set_item("CHAIR", json!({"quantity": 1.5})).await,
            422,
            "validation-failed",
        ),
    ];
    for (answer, status, problem) in cases {
        assert_eq!(
            (answer.status, answer.problem()),
            (status, problem),
            "{}",
            answer.body
        );
        assert_eq!(answer.body["status"], status);
    }

    customer.put_into_cart("CHAIR", 1).await;
    let without_key = customer.post("/orders", json!({})).await;
    assert!(
        (400..500).contains(&without_key.status),
        "{}",
        without_key.body
    );
    let unknown = customer.check_out("pm_card_typo", "typo").await;
    assert_eq!(unknown.problem(), "payment-method-unknown");
    assert_eq!(unknown.status, 422);
    assert_eq!(shop.count("order", "SELECT count(*) FROM orders").await, 0);
    assert_eq!(shop.stock("CHAIR").await, (10, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_customers_cannot_see_an_order() {
    let shop = Shop::open().await;
    shop.product("DESK", 1_000, 10).await;
    let mut owner = shop.customer().await;
    let order = owner.buy("DESK", 1, "pm_card_visa").await;
    owner.wait_for(&order, "confirmed").await;

    let stranger = shop.customer().await;
    for path in ["", "/timeline", "/payment"] {
        let answer = stranger.try_get(&format!("/orders/{order}{path}")).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
    }
    let cancel = stranger
        .post(&format!("/orders/{order}/cancellation"), json!({}))
        .await;
    assert_eq!((cancel.status, cancel.problem()), (404, "order-not-found"));
    let ship = owner
        .post(
            &format!("/staff/orders/{order}/shipment"),
            json!({"tracking_number": "X"}),
        )
        .await;
    assert_eq!((ship.status, ship.problem()), (403, "forbidden"));
    let mine = stranger.call(Method::GET, "/orders", None).await.ok();
    assert_eq!(mine["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_reused_for_another_request_is_refused() {
    let shop = Shop::open().await;
    shop.product("RUG", 1_000, 10).await;
    let mut customer = shop.customer().await;
    customer.put_into_cart("RUG", 1).await;
    let first = customer.check_out("pm_card_visa", "key").await.ok();
    customer.put_into_cart("RUG", 1).await;

    let other = customer.check_out("pm_card_mastercard", "key").await;
    assert_eq!(
        (other.status, other.problem()),
        (422, "idempotency-key-reused")
    );
    let same = customer.check_out("pm_card_visa", "key").await.ok();
    assert_eq!(same, first);
}
