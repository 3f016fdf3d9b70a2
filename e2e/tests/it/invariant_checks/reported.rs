use std::collections::BTreeSet;

use prove::history::{Checkout, ObservedOrder};

use super::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_contradicts_the_state_is_detected() {
    let fixture = Box::pin(Fixture::open()).await;
    let (confirmed, shipped) = (fixture.confirmed.as_str(), fixture.shipped.as_str());
    let checkout = Checkout {
        customer: "a customer".to_owned(),
        orders: BTreeSet::new(),
        refused: None,
        unknown: 7,
        last_unknown: "503 unavailable".to_owned(),
    };
    let unanswered = checkout.clone();
    fixture
        .change_history(
            |history| {
                history
                    .checkouts
                    .insert("key-without-end".to_owned(), unanswered);
            },
            &[("checkouts_answered", "key-without-end")],
        )
        .await;
    fixture
        .change_history(
            |history| {
                history
                    .orders
                    .insert("lost-order".to_owned(), ObservedOrder::default());
            },
            &[("accepted_orders_exist", "lost-order")],
        )
        .await;
    let two = BTreeSet::from([confirmed.to_owned(), shipped.to_owned()]);
    let twice = Checkout {
        orders: two,
        ..checkout
    };
    fixture
        .change_history(
            |history| {
                history.checkouts.insert("key-of-two".to_owned(), twice);
            },
            &[("one_order_per_key", "key-of-two")],
        )
        .await;
    fixture
        .change_history(
            |history| history.orders.get_mut(shipped).unwrap().status = "delivered".to_owned(),
            &[("reported_statuses_go_forward", shipped)],
        )
        .await;
    fixture
        .change_history(
            |history| {
                history
                    .orders
                    .get_mut(confirmed)
                    .unwrap()
                    .cancellation_accepted = true
            },
            &[("accepted_requests_take_effect", confirmed)],
        )
        .await;
    fixture
        .change_history(
            |history| {
                history
                    .sample_violations
                    .push("LAMP: on hand -1 during the run".to_owned())
            },
            &[("never_negative", "LAMP")],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_contradicts_the_history_is_detected() {
    let fixture = Box::pin(Fixture::open()).await;
    let (confirmed, refund) = (fixture.confirmed.as_str(), fixture.refund.as_str());
    fixture
        .corrupt(
            "order",
            &format!("UPDATE orders SET status = 'pending' WHERE id = '{confirmed}'"),
            &format!("UPDATE orders SET status = 'confirmed' WHERE id = '{confirmed}'"),
            &[
                ("accepted_orders_exist", confirmed),
                ("reported_statuses_go_forward", confirmed),
                ("sales_match_orders", confirmed),
            ],
        )
        .await;
    fixture
        .corrupt(
            "order",
            "INSERT INTO idempotency_keys
             SELECT customer_id, 'twin', fingerprint, answer, created_at FROM idempotency_keys
             ORDER BY created_at LIMIT 1",
            "DELETE FROM idempotency_keys WHERE key = 'twin'",
            &[
                ("no_unrequested_orders", "twin"),
                ("one_order_per_key", "twin"),
            ],
        )
        .await;
    fixture
        .corrupt(
            "order",
            "UPDATE idempotency_keys SET key = 'unsent-' || key",
            "UPDATE idempotency_keys SET key = substr(key, 8)",
            &[("no_unrequested_orders", confirmed)],
        )
        .await;
    let event = |from: &str, to: &str| {
        format!(
            "UPDATE order_events SET kind = '{to}' WHERE order_id = '{confirmed}' AND kind = '{from}'"
        )
    };
    fixture
        .corrupt(
            "order",
            &event("confirmed", "unknown"),
            &event("unknown", "confirmed"),
            &[("reported_statuses_are_true", confirmed)],
        )
        .await;
    let amount = |by: i64| {
        format!("UPDATE refunds SET amount_minor = amount_minor + {by} WHERE id = '{refund}'")
    };
    fixture
        .corrupt(
            "order",
            &amount(1),
            &amount(-1),
            &[
                ("reported_refunds_are_true", refund),
                ("refunds_agree", &fixture.shipped),
            ],
        )
        .await;
    fixture.assert_clean().await;
}
