//! The outbox with its relay, and what is consumed.

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
    /// What a process exports that keeps its messages in a database.
    pub static METRICS includes [&persistence::METRICS, &messaging::metrics::QUEUES];

    /// Deliveries, by what became of them
    MESSAGES_CONSUMED: Counter<(QueueName, Consumed)> = "messages_consumed_total";
    /// Time from taking a delivery in hand to its commit or its move, by queue
    MESSAGE_HANDLING: Histogram<QueueName> = "message_handling_seconds", buckets::REQUEST;
    /// Age of a message at the end of its handling: what it waited in outbox, broker and consumer
    MESSAGE_AGE: Histogram<QueueName> = "message_age_seconds", buckets::LONG;
    /// Messages that shared a commit
    MESSAGES_PER_COMMIT: Histogram<QueueName> = "messages_per_commit", buckets::BATCH;
    /// Messages that are committed and not published yet; each replica sees the whole, so take the max
    OUTBOX_PENDING: Gauge = "outbox_pending";
    /// Messages that the broker refused and that are tried again; take the max
    OUTBOX_REFUSED: Gauge = "outbox_refused";
    /// Age of the oldest message that is not published yet, 0 if there is none; take the max
    OUTBOX_LAG: Gauge = "outbox_lag_seconds";
    /// Messages that were published together
    OUTBOX_BATCH_MESSAGES: Histogram = "outbox_batch_messages", buckets::BATCH;
    /// Time that a batch took, from its lease over the broker's confirms to the deletion of its rows
    OUTBOX_BATCH: Histogram = "outbox_batch_seconds", buckets::REQUEST;
}
