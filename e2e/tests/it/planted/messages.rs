use prove::invariants::pending;
use reqwest::Method;
use serde_json::json;
use testkit::eventually;

use super::{Proof, proof::broker};

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_message_saga_or_call_is_found() {
    let proof = Box::pin(Proof::open()).await;
    let confirmed = proof.confirmed.as_str();
    proof
        .planted(
            "catalog",
            "INSERT INTO outbox (message_id, exchange, type, source, subject, data, leased_until, attempts)
             VALUES (gen_random_uuid(), 'mercantile.events', 'stuck.v1', 'catalog', 'lamp', '{}',
                     now() + interval '1 hour', 9)",
            "DELETE FROM outbox WHERE type = 'stuck.v1'",
            &[("outboxes_are_empty", "stuck.v1")],
        )
        .await;
    let saga = |what: &str| format!("UPDATE sagas SET {what} WHERE order_id = '{confirmed}'");
    let stuck = saga(
        "status = 'compensating', step = 'release', reason = 'out_of_stock',
         next_attempt_at = now() + interval '1 hour'",
    );
    let mended = saga("status = 'done', step = NULL, reason = NULL, next_attempt_at = NULL");
    proof.edit("order", &stuck).await;
    let open = pending(&proof.addresses, &proof.witness).await.unwrap();
    assert_eq!(open, ["1 sagas in flight"]);
    proof
        .planted(
            "order",
            &stuck,
            &mended,
            &[("nothing_in_flight", confirmed)],
        )
        .await;
    let (payment, _) = proof.payment(confirmed).await;
    proof
        .planted(
            "payment",
            &format!(
                "UPDATE operations SET outcome = NULL, finished_at = NULL,
                     next_attempt_at = now() + interval '1 hour' WHERE payment_id = '{payment}'"
            ),
            &format!(
                "UPDATE operations SET outcome = 'done', finished_at = now()
                 WHERE payment_id = '{payment}'"
            ),
            &[("nothing_in_flight", &payment)],
        )
        .await;
    proof.is_in_order().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_that_happened_twice_and_a_missing_guard_are_found() {
    let proof = Box::pin(Proof::open()).await;
    let confirmed = proof.confirmed.as_str();
    proof
        .planted(
            "order",
            &format!(
                "INSERT INTO order_events (order_id, at, service, kind, message)
                 SELECT order_id, at, service, kind, 'again' FROM order_events
                 WHERE order_id = '{confirmed}' AND kind = 'confirmed'"
            ),
            "DELETE FROM order_events WHERE message = 'again'",
            &[("steps_happen_once", confirmed)],
        )
        .await;
    proof
        .planted(
            "payment",
            "ALTER TABLE inbox DROP CONSTRAINT inbox_pkey",
            "ALTER TABLE inbox ADD CONSTRAINT inbox_pkey PRIMARY KEY (queue, message_id)",
            &[("guards_stand", "payment's database has no inbox_pkey")],
        )
        .await;
    proof
        .planted(
            "payment",
            "ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only",
            "ALTER TABLE ledger_entries ENABLE TRIGGER ledger_entries_append_only",
            &[("guards_stand", "ledger_entries_append_only")],
        )
        .await;
    proof.is_in_order().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_not_empty_and_a_dead_letter_are_found() {
    let proof = Box::pin(Proof::open()).await;
    let queue = json!({"durable": true});
    broker(&proof, Method::PUT, "queues", "order.forgotten", queue).await;
    for queue in ["order.forgotten", "order.replies.dead"] {
        let message = json!({
            "routing_key": queue, "payload": "{}", "payload_encoding": "string", "properties": {},
        });
        broker(
            &proof,
            Method::POST,
            "exchanges",
            "amq.default/publish",
            message,
        )
        .await;
    }
    // The broker counts every few seconds.
    let violations = eventually("the broker has counted", async || {
        let violations = proof.violations(&proof.witness).await;
        (violations.len() > 1).then_some(violations)
    })
    .await;
    assert_eq!(
        violations["queues_are_empty"],
        "queue order.forgotten has 1 messages"
    );
    assert!(violations["no_dead_letters"].contains("order.replies.dead has 1 messages"));
    assert_eq!(violations.len(), 2, "{violations:#?}");
    let open = pending(&proof.addresses, &proof.witness).await.unwrap();
    assert_eq!(
        open,
        ["1 messages in order.forgotten"],
        "a dead letter is not under way"
    );
}
