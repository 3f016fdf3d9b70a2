//! The exchanges and queues at the broker. Declaring one again is harmless. Declaring it with
//! other arguments is an error, so a queue that must differ needs a new name.
//!
//! A process declares only what its service owns, so its account needs no rights on the objects of
//! others. The shared exchanges come with the accounts, from `deploy/topology`.

use contracts::messages::Kind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

use crate::queue::{Binding, Queue, dead, unrouted};

/// Deliveries after which the broker itself dead-letters a message, because it may kill each
/// process that receives it. Broken connections count too, so the limit is far above what an
/// outage causes.
const DELIVERY_LIMIT: i64 = 100;
/// Listing dead letters takes and returns them, which counts as deliveries.
const DEAD_DELIVERY_LIMIT: i64 = 1_000_000;

/// The alternate exchange of events: it routes each event that no queue is bound to by its type, to
/// the queues of unrouted events.
const UNROUTED: &str = "mercantile.unrouted";
/// Unrouted events that are kept for one queue. When it is full, the broker rejects more of them,
/// and they stay in the sender's outbox.
const UNROUTED_MAX_LENGTH: i64 = 100_000;

/// The exchange by which a service sends messages to its own queues: retries, dead letters and
/// redrives. It stands in for the default exchange, which reaches every queue of every service.
pub(crate) fn retries(queue: &str) -> String {
    let service = queue.split('.').next().unwrap_or(queue);
    format!("{service}.retries")
}

/// An error if the exchanges of commands and of events do not exist: the definitions of
/// `deploy/topology` were not imported.
pub(crate) async fn require_exchanges(channel: &Channel) -> lapin::Result<()> {
    let passive = ExchangeDeclareOptions {
        passive: true,
        ..ExchangeDeclareOptions::default()
    };
    for kind in [Kind::Command, Kind::Event] {
        let found = channel.exchange_declare(
            kind.exchange().into(),
            ExchangeKind::Topic,
            passive,
            FieldTable::default(),
        );
        found.await?;
    }
    Ok(())
}

/// From now on keeps events of these types for `queue` when they are unrouted.
async fn keep_unrouted(
    channel: &Channel,
    queue: &str,
    types: &[&'static str],
) -> lapin::Result<()> {
    let name = unrouted(queue);
    let mut arguments = quorum();
    arguments.insert(
        "x-max-length".into(),
        AMQPValue::LongLongInt(UNROUTED_MAX_LENGTH),
    );
    arguments.insert("x-overflow".into(), text("reject-publish"));
    arguments.insert(
        "x-delivery-limit".into(),
        AMQPValue::LongLongInt(DEAD_DELIVERY_LIMIT),
    );
    declare_durable(channel, &name, arguments).await?;
    for message_type in types {
        bind_to(channel, &name, UNROUTED, message_type).await?;
    }
    Ok(())
}

async fn declare_retries(channel: &Channel, queue: &str) -> lapin::Result<()> {
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    channel
        .exchange_declare(
            retries(queue).into(),
            ExchangeKind::Direct,
            durable,
            FieldTable::default(),
        )
        .await
}

/// A consumer's queue with its dead letters and bindings. Retry queues are declared when they are
/// first needed.
pub(crate) async fn declare_queue(channel: &Channel, queue: &Queue) -> lapin::Result<()> {
    declare_dead(channel, &queue.name).await?;
    let events = queue.events();
    if !events.is_empty() {
        keep_unrouted(channel, &queue.name, &events).await?;
    }
    let mut arguments = dead_lettering_to(&queue.dead());
    arguments.insert(
        "x-delivery-limit".into(),
        AMQPValue::LongLongInt(DELIVERY_LIMIT),
    );
    declare_durable(channel, &queue.name, arguments).await?;
    bind_to_retries(channel, &queue.name).await?;
    bind(channel, &queue.name, &queue.bindings).await
}

/// The queue in which a message waits after its `attempt`th try, before it returns to `queue`.
pub(crate) async fn declare_retry(
    channel: &Channel,
    queue: &Queue,
    attempt: u32,
) -> lapin::Result<()> {
    let name = queue.retry(attempt);
    declare_durable(channel, &name, dead_lettering_to(&queue.name)).await?;
    bind_to_retries(channel, &name).await
}

/// The dead letters of a queue, and the exchange of its retries.
pub(crate) async fn declare_dead(channel: &Channel, queue: &str) -> lapin::Result<()> {
    declare_retries(channel, queue).await?;
    let mut arguments = quorum();
    arguments.insert(
        "x-delivery-limit".into(),
        AMQPValue::LongLongInt(DEAD_DELIVERY_LIMIT),
    );
    let name = dead(queue);
    declare_durable(channel, &name, arguments).await?;
    bind_to_retries(channel, &name).await
}

/// How many messages wait in a queue. If the queue does not exist, the broker closes the channel.
pub(crate) async fn depth(channel: &Channel, queue: &str) -> lapin::Result<u64> {
    let passive = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let found = channel
        .queue_declare(queue.into(), passive, FieldTable::default())
        .await?;
    Ok(found.message_count().into())
}

pub(crate) async fn bind(
    channel: &Channel,
    queue: &str,
    bindings: &[Binding],
) -> lapin::Result<()> {
    for binding in bindings {
        bind_to(channel, queue, binding.exchange, binding.routing_key).await?;
    }
    Ok(())
}

/// The exchange of retries routes a message to the queue that is its routing key.
async fn bind_to_retries(channel: &Channel, queue: &str) -> lapin::Result<()> {
    bind_to(channel, queue, &retries(queue), queue).await
}

async fn bind_to(
    channel: &Channel,
    queue: &str,
    exchange: &str,
    routing_key: &str,
) -> lapin::Result<()> {
    let bound = channel.queue_bind(
        queue.into(),
        exchange.into(),
        routing_key.into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    bound.await
}

async fn declare_durable(
    channel: &Channel,
    name: &str,
    arguments: FieldTable,
) -> lapin::Result<()> {
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare(name.into(), durable, arguments)
        .await?;
    Ok(())
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments
}

/// A quorum queue whose expired or undeliverable messages move to `target`. The broker removes a
/// message only after `target` has confirmed it.
fn dead_lettering_to(target: &str) -> FieldTable {
    let mut arguments = quorum();
    arguments.insert("x-dead-letter-exchange".into(), text(&retries(target)));
    arguments.insert("x-dead-letter-routing-key".into(), text(target));
    arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
    arguments.insert("x-overflow".into(), text("reject-publish"));
    arguments
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}
