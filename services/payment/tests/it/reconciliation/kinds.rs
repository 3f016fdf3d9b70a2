//! Each test plants one kind of difference, and expects exactly that one with its order and reference.

use contracts::payment::v1::Difference;

use super::{authorize_at_provider, capture_at_provider, captured, reconciled, shop_with};
use crate::support::{Order, Shop};

/// The only difference of a reconciliation.
async fn the_difference(shop: &Shop) -> Difference {
    // A payment without a difference must not be reported.
    shop.captured().await;
    let (_, mut found) = reconciled(shop).await;
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn expected(kind: &str, order: &Order, reference: &str, ours: &str, theirs: &str) -> Difference {
    Difference {
        kind: kind.to_owned(),
        order_id: order.id.to_string(),
        payment_id: order.payment_id.to_string(),
        provider_reference: reference.to_owned(),
        ours: ours.to_owned(),
        theirs: theirs.to_owned(),
    }
}

/// Changes the payment of an order directly in the database.
async fn edit(shop: &Shop, order: &Order, set: &str) {
    let sql = format!(
        "UPDATE payments SET {set} WHERE id = '{}'",
        order.payment_id
    );
    shop.sql.execute(&sql).await.unwrap();
}

/// Books entries for an order, as pairs of a debit and a credit of 12.99 EUR.
async fn book(shop: &Shop, order: &Order, kind: &str, pairs: &[(&str, &str)]) {
    let id = uuid::Uuid::now_v7();
    let lines = pairs
        .iter()
        .flat_map(|(debit, credit)| [(debit, 1299), (credit, -1299)]);
    let values: Vec<_> = lines
        .enumerate()
        .map(|(nth, (account, minor))| format!("('{id}', {nth}, '{account}', {minor}, 'EUR')"))
        .collect();
    let sql = format!(
        "BEGIN;
         INSERT INTO ledger_transactions (id, payment_id, order_id, kind, booked_at)
         VALUES ('{id}', '{}', '{}', '{kind}', now());
         INSERT INTO ledger_entries (transaction_id, line, account, amount_minor, currency)
         VALUES {};
         COMMIT",
        order.payment_id,
        order.id,
        values.join(", ")
    );
    shop.sql.execute(&sql).await.unwrap();
}

async fn cancel_at_provider(shop: &Shop, order: &Order) {
    let intents = shop.intents(order).await;
    let id = intents[0]["id"].as_str().unwrap();
    shop.post_to_provider(&format!("payment_intents/{id}/cancel"), &[])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorized_payment_without_an_intent_is_missing_at_the_provider() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    cancel_at_provider(&shop, &order).await;
    edit(&shop, &order, "provider_reference = 'pi_gone'").await;
    let says = "authorized, 1299 EUR";
    let expected = expected("missing_at_provider", &order, "pi_gone", says, "");
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_without_a_payment_is_unknown_to_us() {
    let shop = shop_with(&[]).await;
    let form = [
        ("amount", "700"),
        ("currency", "eur"),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
    ];
    let intent = shop.post_to_provider("payment_intents", &form).await;
    let expected = Difference {
        kind: "unknown_to_us".to_owned(),
        provider_reference: intent["id"].as_str().unwrap().to_owned(),
        theirs: "succeeded, 700 EUR".to_owned(),
        ..Difference::default()
    };
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_of_a_payment_that_we_do_not_have_is_missing_at_the_shop() {
    let shop = shop_with(&[]).await;
    let lost = Order::new("pm_card_visa");
    let intent = authorize_at_provider(&shop, &lost, "1299").await;
    let theirs = "requires_capture, 1299 EUR";
    let expected = expected("missing_at_shop", &lost, &intent, "", theirs);
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_intent_of_a_payment_is_unknown_to_us() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    let second = authorize_at_provider(&shop, &order, "1299").await;
    let theirs = "requires_capture, 1299 EUR";
    let expected = expected("unknown_to_us", &order, &second, "", theirs);
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_only_at_the_provider_is_a_difference_of_status() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    let id = capture_at_provider(&shop, &order).await;
    let expected = expected("status", &order, &id, "authorized", "succeeded");
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_of_another_amount_is_found() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    cancel_at_provider(&shop, &order).await;
    let id = authorize_at_provider(&shop, &order, "1300").await;
    edit(&shop, &order, &format!("provider_reference = '{id}'")).await;
    let expected = expected("amount", &order, &id, "1299 EUR", "1300 EUR");
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smaller_capture_is_found() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    let intent = shop.intents(&order).await.remove(0);
    let id = intent["id"].as_str().unwrap();
    let form = [("amount_to_capture", "500")];
    shop.post_to_provider(&format!("payment_intents/{id}/capture"), &form)
        .await;
    edit(&shop, &order, "status = 'captured'").await;
    let pairs = [
        ("authorization_obligations", "authorized_funds"),
        ("provider_receivable", "sales"),
    ];
    book(&shop, &order, "capture", &pairs).await;
    let expected = expected("captured", &order, id, "1299 EUR", "500 EUR");
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_only_at_the_provider_is_found() {
    let shop = shop_with(&[]).await;
    let (order, id) = captured(&shop).await;
    let form = [("payment_intent", id.as_str()), ("amount", "300")];
    shop.post_to_provider("refunds", &form).await;
    let expected = expected("refunded", &order, &id, "0 EUR", "300 EUR");
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_does_not_match_its_payment_is_found() {
    let shop = shop_with(&[]).await;
    let (order, id) = captured(&shop).await;
    let pairs = [("authorization_obligations", "authorized_funds")];
    book(&shop, &order, "void", &pairs).await;
    let ours = "authorization_obligations 1299 EUR, authorized_funds -1299 EUR";
    let theirs = "authorization_obligations 0 EUR, authorized_funds 0 EUR";
    let expected = expected("ledger", &order, &id, ours, theirs);
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_show_the_differences_and_the_age_of_the_last_run() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    capture_at_provider(&shop, &order).await;
    the_difference(&shop).await;
    let samples = [
        "payment_reconciliation_differences{kind=\"status\"} 1.0",
        "payment_reconciliation_differences{kind=\"ledger\"} 0.0",
        "payment_reconciliation_age_seconds ",
    ];
    testkit::eventually("the metrics show it", async || {
        let metrics = shop.metrics().await;
        samples
            .iter()
            .all(|line| metrics.contains(line))
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_payment_that_changed_in_the_window_is_compared() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    edit(&shop, &order, "created_at = now() - interval '30 days'").await;
    let id = capture_at_provider(&shop, &order).await;
    let expected = expected("status", &order, &id, "authorized", "succeeded");
    assert_eq!(the_difference(&shop).await, expected);
}
