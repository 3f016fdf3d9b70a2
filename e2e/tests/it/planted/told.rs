use std::collections::BTreeSet;

use prove::witness::{Checkout, Told};

use super::Proof;

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_was_told_what_is_not_so_is_found() {
    let proof = Box::pin(Proof::open()).await;
    let (confirmed, shipped) = (proof.confirmed.as_str(), proof.shipped.as_str());
    let checkout = Checkout {
        customer: "somebody".to_owned(),
        orders: BTreeSet::new(),
        refused: None,
        unclear: 7,
        last_unclear: "503 unavailable".to_owned(),
    };
    let unanswered = checkout.clone();
    proof
        .told(
            |book| {
                book.checkouts
                    .insert("key-without-end".to_owned(), unanswered);
            },
            &[("checkouts_answered", "key-without-end")],
        )
        .await;
    proof
        .told(
            |book| {
                book.orders.insert("lost-order".to_owned(), Told::default());
            },
            &[("accepted_orders_exist", "lost-order")],
        )
        .await;
    let two = BTreeSet::from([confirmed.to_owned(), shipped.to_owned()]);
    let twice = Checkout {
        orders: two,
        ..checkout
    };
    proof
        .told(
            |book| {
                book.checkouts.insert("key-of-two".to_owned(), twice);
            },
            &[("one_order_per_key", "key-of-two")],
        )
        .await;
    proof
        .told(
            |book| book.orders.get_mut(shipped).unwrap().status = "delivered".to_owned(),
            &[("told_statuses_go_forward", shipped)],
        )
        .await;
    proof
        .told(
            |book| book.orders.get_mut(confirmed).unwrap().cancelled = true,
            &[("accepted_wishes_come_true", confirmed)],
        )
        .await;
    proof
        .told(
            |book| {
                book.bad_samples
                    .push("LAMP: on hand -1 for a while".to_owned())
            },
            &[("never_negative", "LAMP")],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_not_as_told_is_found() {
    let proof = Box::pin(Proof::open()).await;
    let (confirmed, refund) = (proof.confirmed.as_str(), proof.refund.as_str());
    proof
        .planted(
            "order",
            &format!("UPDATE orders SET status = 'pending' WHERE id = '{confirmed}'"),
            &format!("UPDATE orders SET status = 'confirmed' WHERE id = '{confirmed}'"),
            &[
                ("accepted_orders_exist", confirmed),
                ("told_statuses_go_forward", confirmed),
                ("sales_are_orders", confirmed),
            ],
        )
        .await;
    proof
        .planted(
            "order",
            "INSERT INTO idempotency_keys
             SELECT customer_id, 'twin', fingerprint, answer, created_at FROM idempotency_keys
             ORDER BY created_at LIMIT 1",
            "DELETE FROM idempotency_keys WHERE key = 'twin'",
            &[("no_order_unasked", "twin"), ("one_order_per_key", "twin")],
        )
        .await;
    proof
        .planted(
            "order",
            "UPDATE idempotency_keys SET key = 'nobody-' || key",
            "UPDATE idempotency_keys SET key = substr(key, 8)",
            &[("no_order_unasked", confirmed)],
        )
        .await;
    let event = |from: &str, to: &str| {
        format!(
            "UPDATE order_events SET kind = '{to}' WHERE order_id = '{confirmed}' AND kind = '{from}'"
        )
    };
    proof
        .planted(
            "order",
            &event("confirmed", "forgotten"),
            &event("forgotten", "confirmed"),
            &[("told_statuses_are_true", confirmed)],
        )
        .await;
    let amount = |by: i64| {
        format!("UPDATE refunds SET amount_minor = amount_minor + {by} WHERE id = '{refund}'")
    };
    proof
        .planted(
            "order",
            &amount(1),
            &amount(-1),
            &[
                ("told_refunds_are_true", refund),
                ("refunds_agree", &proof.shipped),
            ],
        )
        .await;
    proof.is_in_order().await;
}
