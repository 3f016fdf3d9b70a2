//! Each kind of difference, planted: it is found with its order and reference, and nothing else is.

use contracts::payment::v1::Difference;

use super::{capture_behind_our_back, captured, reconciled, shop_with};
use crate::support::{Order, Shop};

/// The one difference that there is.
async fn the_difference(shop: &Shop) -> Difference {
    // Payments that agree are between those that do not.
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

/// Changes the payment of an order behind the back of `payment`.
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

/// The hold of an order under another intent of the provider, of so much.
async fn held_otherwise(shop: &Shop, order: &Order, minor: &str) -> String {
    let intent = shop
        .behind_our_back(
            "payment_intents",
            &[
                ("amount", minor),
                ("currency", "eur"),
                ("payment_method", "pm_card_visa"),
                ("capture_method", "manual"),
                ("confirm", "true"),
                ("metadata[order_id]", &order.id.to_string()),
                ("metadata[payment_id]", &order.payment_id.to_string()),
            ],
        )
        .await;
    intent["id"].as_str().unwrap().to_owned()
}

async fn cancel_behind_our_back(shop: &Shop, order: &Order) {
    let intents = shop.intents(order).await;
    let id = intents[0]["id"].as_str().unwrap();
    shop.behind_our_back(&format!("payment_intents/{id}/cancel"), &[])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_the_provider_knows_nothing_of_is_missing_there() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    cancel_behind_our_back(&shop, &order).await;
    edit(&shop, &order, "provider_reference = 'pi_gone'").await;
    let says = "authorized, 1299 EUR";
    let expected = expected("missing_at_provider", &order, "pi_gone", says, "");
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_of_no_payment_is_unknown_to_us() {
    let shop = shop_with(&[]).await;
    let form = [
        ("amount", "700"),
        ("currency", "eur"),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
    ];
    let intent = shop.behind_our_back("payment_intents", &form).await;
    let expected = Difference {
        kind: "unknown_to_us".to_owned(),
        provider_reference: intent["id"].as_str().unwrap().to_owned(),
        theirs: "succeeded, 700 EUR".to_owned(),
        ..Difference::default()
    };
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_hold_for_a_payment_is_unknown_to_us() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    let second = held_otherwise(&shop, &order, "1299").await;
    let theirs = "requires_capture, 1299 EUR";
    let expected = expected("unknown_to_us", &order, &second, "", theirs);
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_taken_behind_our_back_is_another_status() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    let id = capture_behind_our_back(&shop, &order).await;
    let expected = expected("status", &order, &id, "authorized", "succeeded");
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_of_another_amount_is_found() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    cancel_behind_our_back(&shop, &order).await;
    let id = held_otherwise(&shop, &order, "1300").await;
    edit(&shop, &order, &format!("provider_reference = '{id}'")).await;
    let expected = expected("amount", &order, &id, "1299 EUR", "1300 EUR");
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn less_taken_than_we_say_is_found() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    let intent = shop.intents(&order).await.remove(0);
    let id = intent["id"].as_str().unwrap();
    let form = [("amount_to_capture", "500")];
    shop.behind_our_back(&format!("payment_intents/{id}/capture"), &form)
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
async fn money_given_back_behind_our_back_is_found() {
    let shop = shop_with(&[]).await;
    let (order, id) = captured(&shop).await;
    let form = [("payment_intent", id.as_str()), ("amount", "300")];
    shop.behind_our_back("refunds", &form).await;
    let expected = expected("refunded", &order, &id, "0 EUR", "300 EUR");
    assert_eq!(the_difference(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_does_not_say_what_its_payment_says_is_found() {
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
async fn the_metrics_say_what_the_last_one_found_and_how_old_it_is() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    capture_behind_our_back(&shop, &order).await;
    the_difference(&shop).await;
    let shown = [
        "payment_reconciliation_differences{kind=\"status\"} 1.0",
        "payment_reconciliation_differences{kind=\"ledger\"} 0.0",
        "payment_reconciliation_age_seconds ",
    ];
    testkit::eventually("the metrics show it", async || {
        let metrics = shop.metrics().await;
        shown
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
    let id = capture_behind_our_back(&shop, &order).await;
    let expected = expected("status", &order, &id, "authorized", "succeeded");
    assert_eq!(the_difference(&shop).await, expected);
}
