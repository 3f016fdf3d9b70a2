//! Metrics of connections, of published messages, and of queues.

instruments::labels! {
    pub(crate) struct Type as "type" up to 60;
    pub(crate) struct QueueName as "queue" up to 16;
    pub(crate) enum Purpose as "connection" { Consume = "consume", Publish = "publish" }
    pub(crate) enum Published as "outcome" {
        Confirmed = "confirmed",
        Unroutable = "unroutable",
        Refused = "refused",
        TimedOut = "timed_out",
        Unavailable = "unavailable",
    }
}

instruments::metrics! {
        /// Metrics of a process that connects to the broker.
    pub static CONNECTION;

        /// 1 while the connection to the broker is established, else 0
    BROKER_CONNECTED: Gauge<Purpose> = "broker_connected";
        /// Connections established to the broker, the first one included
    BROKER_CONNECTIONS: Counter<Purpose> = "broker_connections_total";
}

instruments::metrics! {
        /// Metrics of a process that publishes messages and consumes queues.
    pub static QUEUES includes [&CONNECTION];

        /// Messages sent to the broker, by type and outcome
    MESSAGES_PUBLISHED: Counter<(Type, Published)> = "messages_published_total";
        /// Messages moved to a retry queue
    MESSAGES_RETRIED: Counter<QueueName> = "messages_retried_total";
        /// Messages moved to the dead letters
    MESSAGES_DEAD_LETTERED: Counter<QueueName> = "messages_dead_lettered_total";
        /// Messages that wait in a queue; each replica reports the total, so take the max
    QUEUE_MESSAGES_READY: Gauge<QueueName> = "queue_messages_ready";
        /// Messages that wait in the retry queues of a queue; take the max
    QUEUE_MESSAGES_RETRYING: Gauge<QueueName> = "queue_messages_retrying";
        /// Dead letters of a queue, which wait for an operator; take the max
    DEAD_LETTERS: Gauge<QueueName> = "dead_letters";
        /// Events that a queue should have received while it was not bound; take the max
    UNROUTED_EVENTS: Gauge<QueueName> = "unrouted_events";
}
