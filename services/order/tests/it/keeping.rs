//! What is deleted after its time, and what outlives an outage.

use contracts::order::v1::{OrderStatus, SetItemRequest};
use testkit::eventually;
use tonic::Request;

use crate::app::{App, checkout};

#[tokio::test(flavor = "multi_thread")]
async fn expired_carts_and_old_keys_are_swept_away_and_nothing_else() {
    let mut app = App::with(&[("retention.sweep_every_s", "1")]).await;
    let (person, _) = app.placed().await;
    app.put(&person, "TEA", 1).await;
    app.put(&person, "COFFEE", 1).await;
    app.place(&person, checkout("old")).await.unwrap();
    for _ in 0..2 {
        let request = SetItemRequest {
            guest_token: String::new(),
            sku: "TEA".to_owned(),
            quantity: 1,
        };
        app.carts.set_item(Request::new(request)).await.unwrap();
    }
    app.put(&person, "TEA", 1).await;
    app.sql("UPDATE carts SET expires_at = now() WHERE id = (SELECT min(id::text)::uuid FROM carts WHERE token_hash IS NOT NULL)").await;
    app.sql(
        "UPDATE idempotency_keys SET created_at = now() - interval '49 hours' WHERE key = 'old'",
    )
    .await;
    eventually("a swept cart and key", async || {
        let carts = app.rows("carts", "true").await;
        let keys = app.rows("idempotency_keys", "true").await;
        (carts == 2 && keys == 1).then_some(())
    })
    .await;
    assert_eq!(app.rows("carts", "customer_id IS NOT NULL").await, 1);
    assert_eq!(app.rows("idempotency_keys", "key = 'key'").await, 1);
    assert_eq!(
        app.rows("cart_lines", "true").await,
        2,
        "lines go with their cart"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_goes_on_after_the_broker_cut_every_connection() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    app.cut_broker_connections().await;
    app.participants.authorize(&order.id).await;
    app.participants.commit(&order.id).await;
    app.eventually(&person, &order.id, OrderStatus::Confirmed)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_share_the_work_and_each_deadline_passes_once() {
    let settings = [
        ("saga.reserve_wait_ms", "200"),
        ("saga.reserve_attempts", "1"),
    ];
    let mut app = App::with(&settings).await;
    let second = app.replica().await;
    let mut orders = Vec::new();
    for _ in 0..10 {
        orders.push(app.placed().await);
    }
    for (person, order) in &orders {
        app.participants.release(&order.id).await;
        app.eventually(person, &order.id, OrderStatus::Rejected)
            .await;
        let timeline = app.timeline(person, &order.id).await;
        assert_eq!(
            timeline,
            [
                "order placed",
                "order timed_out",
                "catalog stock_released",
                "order rejected"
            ]
        );
    }
    second.stop().await;
}
