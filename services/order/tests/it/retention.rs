use contracts::order::v1::SetItemRequest;
use testkit::eventually;
use tonic::Request;

use crate::support::{App, checkout};

#[tokio::test(flavor = "multi_thread")]
async fn old_timelines_of_ended_orders_are_deleted_and_no_others() {
    let settings = [
        ("retention.sweep_every_s", "1"),
        ("retention.timeline_d", "30"),
    ];
    let mut app = App::with(&settings).await;
    let (_, over) = app.shipped().await;
    let (_, open) = app.confirmed().await;
    let (_, recent) = app.shipped().await;
    let (_, delivered_today) = app.shipped().await;
    for order in [&over, &recent, &delivered_today] {
        let request = contracts::order::v1::DeliverOrderRequest {
            id: order.id.clone(),
        };
        let request = app.staff().request(request);
        app.orders.deliver_order(request).await.unwrap();
    }
    for id in [&over.id, &open.id, &delivered_today.id] {
        app.sql(&format!(
            "UPDATE order_events SET at = at - interval '31 days' WHERE order_id = '{id}'"
        ))
        .await;
    }
    for id in [&over.id, &open.id] {
        app.sql(&format!(
            "UPDATE orders SET updated_at = updated_at - interval '31 days' WHERE id = '{id}'"
        ))
        .await;
    }
    let rows = async |id: &str| {
        let condition = format!("order_id = '{id}'");
        app.rows("order_events", &condition).await
    };
    eventually("a deleted timeline", async || {
        (rows(&over.id).await == 0).then_some(())
    })
    .await;
    assert_eq!(rows(&open.id).await, 5);
    assert_eq!(rows(&recent.id).await, 9);
    assert_eq!(rows(&delivered_today.id).await, 9);
    assert_eq!(app.rows("orders", "true").await, 4, "the orders stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_carts_and_old_keys_are_deleted_and_no_others() {
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
    eventually("a deleted cart and key", async || {
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
        "lines are deleted with their cart"
    );
}
