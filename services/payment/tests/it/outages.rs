use contracts::messages::{PaymentAuthorized, PaymentCaptured};
use serde_json::json;
use testkit::eventually;

use crate::support::{Order, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_provider_is_called_again() {
    let shop = Shop::start().await;
    for status in [500, 503, 429] {
        let order = Order::new("pm_card_visa");
        shop.control("fail", json!({"next": 2, "status": status}))
            .await;
        let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
        assert_eq!(shop.intents(&order).await.len(), 1);
        assert_eq!(shop.booked(&order).await, "authorize");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_leads_to_calls_with_the_same_key_and_no_searches() {
    let shop = Shop::start().await;
    let fail = json!({"next": 8, "status": 503, "operation": "create"});
    shop.control("fail", fail).await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    let metrics = shop.metrics().await;
    let calls = |labels: &[&str]| calls(&metrics, labels);
    let (search, authorize) = (r#"operation="search""#, r#"operation="authorize""#);
    assert_eq!(calls(&[search]), 0, "{metrics}");
    assert_eq!(
        calls(&[authorize, r#"outcome="server_error""#]),
        8,
        "{metrics}"
    );
    assert_eq!(calls(&[authorize, r#"outcome="done""#]), 1, "{metrics}");
    assert_eq!(calls(&[authorize]), 9, "{metrics}");
    let first_key = "operations WHERE key_number = 1 AND NOT key_spent AND attempts = 9";
    assert_eq!(shop.sql.count(first_key).await, 1);
}

/// Calls to the provider with these labels, summed over their series.
fn calls(metrics: &str, labels: &[&str]) -> u64 {
    let samples = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("payment_provider_calls_total{"));
    let mut matching = samples
        .filter(|sample| labels.iter().all(|label| sample.contains(label)))
        .peekable();
    assert!(matching.peek().is_some(), "no series with {labels:?}");
    matching
        .map(|sample| {
            let (_, value) = sample.rsplit_once(' ').unwrap();
            value.parse::<u64>().unwrap()
        })
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_no_second_intent() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    shop.control("lose", json!({"next": 2})).await;
    let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    shop.wait_for_attempts(&order, "authorize", 3).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(shop.booked(&order).await, "authorize");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_times_out_is_repeated_with_the_same_key() {
    let shop = Shop::start_with(&[("provider.timeout_ms", "200")]).await;
    let order = Order::new("pm_card_visa");
    shop.control("latency", json!({"after_ms": 2_000})).await;
    shop.send(&order.authorize()).await;
    shop.wait_for_attempts(&order, "authorize", 2).await;
    assert_eq!(shop.status(&order).await, "authorizing");
    shop.control("latency", json!({})).await;
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_rejects_our_key_declines_no_payment() {
    let shop = Shop::start_with(&[("provider.secret_key", "sk_test_wrong")]).await;
    let order = Order::new("pm_card_visa");
    shop.send(&order.authorize()).await;
    eventually("the operation has the reason", async || {
        let waiting = "operations WHERE last_error LIKE '%secret key is not accepted%'";
        (shop.sql.count(waiting).await == 1).then_some(())
    })
    .await;
    assert_eq!(shop.status(&order).await, "authorizing");
    assert_eq!(shop.types(order.id), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_provider_is_called_again() {
    let shop = Shop::start_with(&[("provider.url", "http://127.0.0.1:1")]).await;
    let order = Order::new("pm_card_visa");
    shop.send(&order.authorize()).await;
    shop.wait_for_attempts(&order, "authorize", 3).await;
    assert_eq!(shop.status(&order).await, "authorizing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_database_only_delays() {
    let (shop, proxy) = Shop::start_without_database().await;
    // It consumes messages once it has seen that its tables exist.
    proxy.restore();
    let first = Order::new("pm_card_visa");
    shop.send(&first.authorize()).await;
    let _: PaymentAuthorized = shop.reply(first.id, 1).await;

    proxy.cut();
    let order = Order::new("pm_card_visa");
    shop.send(&order.authorize()).await;
    assert_eq!(shop.status(&order).await, "");
    proxy.restore();
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;

    proxy.cut();
    shop.send(&order.capture()).await;
    proxy.restore();
    let _: PaymentCaptured = shop.reply(order.id, 1).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(shop.booked(&order).await, "authorize capture");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_broker_only_delays() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    shop.control("latency", json!({"after_ms": 500})).await;
    shop.send(&order.authorize()).await;
    shop.wait_for_attempts(&order, "authorize", 1).await;
    shop.cut_broker().await;
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(shop.booked(&order).await, "authorize");
}
