use contracts::messages::PaymentAuthorized;
use serde_json::json;
use testkit::eventually;

use crate::support::{Order, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn several_replicas_act_once() {
    let mut shop = Shop::start().await;
    shop.start_payment().await;
    shop.start_payment().await;
    let orders: Vec<_> = (0..30).map(|_| Order::new("pm_card_visa")).collect();
    for order in &orders {
        shop.send(&order.authorize()).await;
        shop.send(&order.authorize()).await;
    }
    for order in &orders {
        let _: PaymentAuthorized = shop.reply(order.id, 1).await;
        assert_eq!(shop.intents(order).await.len(), 1);
        assert_eq!(shop.booked(order).await, "authorize");
    }
    assert_eq!(shop.sql.count("operations").await, 30);
}

/// The lease of the first worker expires while the provider's answer is in flight, as if the worker had crashed
/// before its commit.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_takes_over_applies_the_replayed_answer_once() {
    let mut shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    shop.control("latency", json!({"after_ms": 1_500})).await;
    shop.send(&order.authorize()).await;
    eventually("the provider has acted", async || {
        (shop.intents(&order).await.len() == 1).then_some(())
    })
    .await;
    shop.control("latency", json!({})).await;
    shop.start_payment().await;
    let expire = "UPDATE operations SET leased_until = now() - interval '1 second'";
    shop.sql.execute(expire).await.unwrap();

    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    shop.wait_for_attempts(&order, "authorize", 2).await;
    assert_eq!(shop.booked(&order).await, "authorize");

    // The first worker's answer arrives now and must not be applied again. A later command is answered after it,
    // and the first order still has a single reply.
    let other = Order::new("pm_card_visa");
    shop.control("latency", json!({"after_ms": 1_500})).await;
    let _: PaymentAuthorized = shop.call(other.id, &other.authorize()).await;
    assert_eq!(shop.types(order.id), ["payment.authorized.v1"]);
    assert_eq!(shop.booked(&order).await, "authorize");
    assert_eq!(shop.intents(&order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_due_operation_is_found_by_polling() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    let sql = format!(
        "INSERT INTO payments (id, order_id, customer_id, amount_minor, currency, payment_method,
                               status, created_at, updated_at)
         VALUES ('{0}', '{1}', '{2}', 1299, 'EUR', 'pm_card_visa', 'authorizing', now(), now());
         INSERT INTO operations (id, payment_id, kind, amount_minor, currency)
         VALUES ('{0}', '{0}', 'authorize', 1299, 'EUR')",
        order.payment_id, order.id, order.customer_id
    );
    shop.sql.execute(&sql).await.unwrap();
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
}
