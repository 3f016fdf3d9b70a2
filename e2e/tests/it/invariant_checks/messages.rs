use prove::invariants::pending;
use reqwest::Method;
use serde_json::json;
use testkit::eventually;

use super::{Fixture, fixture::broker};

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_message_saga_or_provider_call_is_detected() {
    let fixture = Box::pin(Fixture::open()).await;
    let confirmed = fixture.confirmed.as_str();
    fixture
        .corrupt(
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
    let repaired = saga("status = 'done', step = NULL, reason = NULL, next_attempt_at = NULL");
    fixture.edit("order", &stuck).await;
    let open = pending(&fixture.addresses).await.unwrap();
    assert_eq!(open, ["1 sagas in flight"]);
    fixture
        .corrupt(
            "order",
            &stuck,
            &repaired,
            &[("nothing_in_flight", confirmed)],
        )
        .await;
    let (payment, _) = fixture.payment(confirmed).await;
    fixture
        .corrupt(
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
    fixture.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_effect_and_a_missing_constraint_are_detected() {
    let fixture = Box::pin(Fixture::open()).await;
    let confirmed = fixture.confirmed.as_str();
    fixture
        .corrupt(
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
    fixture
        .corrupt(
            "payment",
            "ALTER TABLE inbox DROP CONSTRAINT inbox_pkey",
            "ALTER TABLE inbox ADD CONSTRAINT inbox_pkey PRIMARY KEY (queue, message_id)",
            &[(
                "constraints_in_force",
                "inbox_pkey is not in force in the database of payment",
            )],
        )
        .await;
    fixture
        .corrupt(
            "payment",
            "ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only",
            "ALTER TABLE ledger_entries ENABLE TRIGGER ledger_entries_append_only",
            &[("constraints_in_force", "ledger_entries_append_only")],
        )
        .await;
    fixture.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_a_queue_and_a_dead_letter_are_detected() {
    let fixture = Box::pin(Fixture::open()).await;
    let queue = json!({"durable": true});
    broker(&fixture, Method::PUT, "queues", "order.unconsumed", queue).await;
    for queue in ["order.unconsumed", "order.replies.dead"] {
        let message = json!({
            "routing_key": queue, "payload": "{}", "payload_encoding": "string", "properties": {},
        });
        broker(
            &fixture,
            Method::POST,
            "exchanges",
            "amq.default/publish",
            message,
        )
        .await;
    }
    // The broker updates its counts every few seconds.
    let violations = eventually("the broker counts the messages", async || {
        let violations = fixture.violations(&fixture.recorder).await;
        (violations.len() > 1).then_some(violations)
    })
    .await;
    assert_eq!(
        violations["queues_are_empty"],
        "queue order.unconsumed has 1 messages"
    );
    assert!(violations["no_dead_letters"].contains("order.replies.dead has 1 messages"));
    assert_eq!(violations.len(), 2, "{violations:#?}");
    let open = pending(&fixture.addresses).await.unwrap();
    assert_eq!(
        open,
        ["1 messages in order.unconsumed"],
        "a dead letter is not in progress"
    );
}
