//! Metrics of the outbox, its relay and the consumers.

use instruments::buckets;

use crate::outcome::Outcome;

instruments::labels! {
    pub(crate) struct QueueName as "queue" up to 16;
    pub(crate) struct Consumed as "outcome" of Outcome {
        Outcome::Handled => "handled",
        Outcome::Duplicate => "duplicate",
        Outcome::Retried => "retried",
        Outcome::Dead => "dead",
        Outcome::Returned => "returned",
    }
}

instruments::metrics! {
    /// Metrics of a process with an outbox and a consumer.
    pub static METRICS includes [&persistence::METRICS, &messaging::metrics::QUEUES];

    /// Deliveries by outcome
    MESSAGES_CONSUMED: Counter<(QueueName, Consumed)> = "messages_consumed_total";
    /// Time from receiving a delivery to its commit or move
    MESSAGE_HANDLING: Histogram<QueueName> = "message_handling_seconds", buckets::REQUEST;
    /// Age of a message at the end of its handling, including the time in outbox and queue
    MESSAGE_AGE: Histogram<QueueName> = "message_age_seconds", buckets::LONG;
    /// Messages per commit
    MESSAGES_PER_COMMIT: Histogram<QueueName> = "messages_per_commit", buckets::BATCH;
    /// Messages that are not published yet; each replica reports the total, so take the max
    OUTBOX_PENDING: Gauge = "outbox_pending";
    /// Messages that the broker did not accept and that are retried; take the max
    OUTBOX_REFUSED: Gauge = "outbox_refused";
    /// Age of the oldest message that is not published yet, or 0; take the max
    OUTBOX_LAG: Gauge = "outbox_lag_seconds";
    /// Messages per published batch
    OUTBOX_BATCH_MESSAGES: Histogram = "outbox_batch_messages", buckets::BATCH;
    /// Duration of a batch, from its lease to the deletion of its rows
    OUTBOX_BATCH: Histogram = "outbox_batch_seconds", buckets::REQUEST;
}
