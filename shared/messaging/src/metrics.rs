//! RabbitMQ: the connection, what is published, what waits.

instruments::labels! {
    pub(crate) struct Type as "type" up to 60;
    pub(crate) struct QueueName as "queue" up to 16;
    pub(crate) struct Link as "link" one of ["consume", "publish"];
    pub(crate) struct Published as "outcome" one of [
        "confirmed",
        "unroutable",
        "refused",
        "timed_out",
        "unavailable",
    ];
}

instruments::metrics! {
    /// What a process exports that has a connection to the broker.
    pub static CONNECTION;

    /// 1 while the connection to the broker stands, else 0
    BROKER_CONNECTED: Gauge<Link> = "broker_connected";
    /// Connections to the broker that were made, the first one included
    BROKER_CONNECTIONS: Counter<Link> = "broker_connections_total";
}

instruments::metrics! {
    /// What a process exports that publishes messages and has queues.
    pub static QUEUES includes [&CONNECTION];

    /// Messages sent to the broker, by type and what it said
    MESSAGES_PUBLISHED: Counter<(Type, Published)> = "messages_published_total";
    /// Messages sent away to come back later
    MESSAGES_RETRIED: Counter<QueueName> = "messages_retried_total";
    /// Messages sent to the dead letters
    MESSAGES_DEAD_LETTERED: Counter<QueueName> = "messages_dead_lettered_total";
    /// Messages that wait in a queue; each replica sees the whole, so take the max
    QUEUE_MESSAGES_READY: Gauge<QueueName> = "queue_messages_ready";
    /// Messages that wait for their next try; take the max
    QUEUE_MESSAGES_RETRYING: Gauge<QueueName> = "queue_messages_retrying";
    /// Dead letters of a queue, which wait for a person; take the max
    DEAD_LETTERS: Gauge<QueueName> = "dead_letters";
    /// Events that no queue took; take the max
    UNHEARD_EVENTS: Gauge = "unheard_events";
}
