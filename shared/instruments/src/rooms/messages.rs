//! RabbitMQ: what is published, what is consumed, what waits.

use super::{AT_ONCE, CONSUMERS, LONG, ON_THE_BROKER, SERVICES, WAITED_FOR, room};
use crate::Label;

const TYPE: Label = Label::up_to("type", 60);
const QUEUE: Label = Label::up_to("queue", 16);
const LINK: Label = Label::one_of("link", &["consume", "publish"]);
const PUBLISHED: Label = Label::one_of(
    "outcome",
    &[
        "confirmed",
        "unroutable",
        "refused",
        "timed_out",
        "unavailable",
    ],
);
const CONSUMED: Label = Label::one_of(
    "outcome",
    &["handled", "duplicate", "retried", "dead", "returned"],
);

room! {
    /// Messages sent to the broker, by type and what it said
    MESSAGES_PUBLISHED: Counter<2> =
        new("messages_published_total", [TYPE, PUBLISHED], SERVICES);
    /// Deliveries, by what became of them
    MESSAGES_CONSUMED: Counter<2> = new("messages_consumed_total", [QUEUE, CONSUMED], CONSUMERS);
    /// Time from taking a delivery in hand to its commit or its move, by queue
    MESSAGE_HANDLING: Histogram<1> =
        new("message_handling_seconds", [QUEUE], CONSUMERS, WAITED_FOR);
    /// Age of a message at the end of its handling: what it waited in outbox, broker and consumer
    MESSAGE_AGE: Histogram<1> = new("message_age_seconds", [QUEUE], CONSUMERS, LONG);
    /// Messages that shared a commit
    MESSAGES_PER_COMMIT: Histogram<1> =
        new("messages_per_commit", [QUEUE], CONSUMERS, AT_ONCE);
    /// Messages sent away to come back later
    MESSAGES_RETRIED: Counter<1> = new("messages_retried_total", [QUEUE], CONSUMERS);
    /// Messages sent to the dead letters
    MESSAGES_DEAD_LETTERED: Counter<1> = new("messages_dead_lettered_total", [QUEUE], CONSUMERS);
    /// Messages that wait in a queue; each replica sees the whole, so take the max
    QUEUE_MESSAGES_READY: Gauge<1> = new("queue_messages_ready", [QUEUE], CONSUMERS);
    /// Messages that wait for their next try; take the max
    QUEUE_MESSAGES_RETRYING: Gauge<1> = new("queue_messages_retrying", [QUEUE], CONSUMERS);
    /// Dead letters of a queue, which wait for a person; take the max
    DEAD_LETTERS: Gauge<1> = new("dead_letters", [QUEUE], CONSUMERS);
    /// Events that no queue took; take the max
    UNHEARD_EVENTS: Gauge<0> = new("unheard_events", [], CONSUMERS);
    /// 1 while the connection to the broker stands, else 0
    BROKER_CONNECTED: Gauge<1> = new("broker_connected", [LINK], ON_THE_BROKER);
    /// Connections to the broker that were made, the first one included
    BROKER_CONNECTIONS: Counter<1> = new("broker_connections_total", [LINK], ON_THE_BROKER);
}
