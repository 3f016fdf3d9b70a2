//! The exchanges and queues at the broker. Declaring one again is harmless. Declaring it with
//! other arguments is an error, so a queue that must differ needs a new name.

use std::collections::BTreeMap;

use contracts::messages::{self, Kind};
use lapin::options::{
    ExchangeBindOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

use crate::queue::{Binding, Queue, dead};

/// Deliveries after which the broker itself dead-letters a message, because it may kill each
/// process that receives it. Broken connections count too, so the limit is far above what an
/// outage causes.
const DELIVERY_LIMIT: i64 = 100;
/// Listing dead letters takes and returns them, which counts as deliveries.
const DEAD_DELIVERY_LIMIT: i64 = 1_000_000;

/// The alternate exchange of events: it receives each event that no queue is bound to.
const UNROUTED: &str = "mercantile.unrouted";
/// Routes unrouted events by type, to the queues of [`unrouted`]. It drops events without a consumer.
const UNROUTED_BY_TYPE: &str = "mercantile.unrouted.by_type";
/// Unrouted events that are kept for one consumer. When the queue is full, the broker rejects more
/// of them, and they stay in the sender's outbox.
const UNROUTED_MAX_LENGTH: i64 = 100_000;

/// The queue of the events that `queue` should have received while it was not bound. Each consumer
/// has its own, so the events of one do not displace those of another.
pub(crate) fn unrouted(queue: &str) -> String {
    format!("mercantile.unrouted.{queue}")
}

/// The types of events by the durable queue that must receive them, as the contracts say.
pub(crate) fn expected_events() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut expected: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let events = messages::ALL
        .iter()
        .filter(|message| message.kind == Kind::Event);
    for event in events {
        for queue in event.consumers {
            expected.entry(*queue).or_default().push(event.name);
        }
    }
    expected
}

/// The exchanges of commands and of events.
pub(crate) async fn declare_exchanges(channel: &Channel) -> lapin::Result<()> {
    let none = FieldTable::default;
    declare_exchange(channel, UNROUTED, ExchangeKind::Fanout, none()).await?;
    declare_exchange(channel, UNROUTED_BY_TYPE, ExchangeKind::Direct, none()).await?;
    channel
        .exchange_bind(
            UNROUTED_BY_TYPE.into(),
            UNROUTED.into(),
            "".into(),
            ExchangeBindOptions::default(),
            none(),
        )
        .await?;

    let commands = Kind::Command.exchange();
    declare_exchange(channel, commands, ExchangeKind::Direct, none()).await?;
    let mut events = FieldTable::default();
    events.insert("alternate-exchange".into(), text(UNROUTED));
    declare_exchange(channel, Kind::Event.exchange(), ExchangeKind::Topic, events).await
}

/// The queues of unrouted events, for consumers that may never have run here.
pub(crate) async fn declare_unrouted(channel: &Channel) -> lapin::Result<()> {
    for (queue, types) in expected_events() {
        keep_unrouted(channel, queue, &types).await?;
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
    let bindings: Vec<_> = types
        .iter()
        .map(|&routing_key| Binding {
            exchange: UNROUTED_BY_TYPE,
            routing_key,
        })
        .collect();
    bind(channel, &name, &bindings).await
}

async fn declare_exchange(
    channel: &Channel,
    name: &str,
    kind: ExchangeKind,
    arguments: FieldTable,
) -> lapin::Result<()> {
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    channel
        .exchange_declare(name.into(), kind, durable, arguments)
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
    bind(channel, &queue.name, &queue.bindings).await
}

/// The queue in which a message waits after its `attempt`th try, before it returns to `queue`.
pub(crate) async fn declare_retry(
    channel: &Channel,
    queue: &Queue,
    attempt: u32,
) -> lapin::Result<()> {
    declare_durable(
        channel,
        &queue.retry(attempt),
        dead_lettering_to(&queue.name),
    )
    .await
}

/// The dead letters of a queue.
pub(crate) async fn declare_dead(channel: &Channel, queue: &str) -> lapin::Result<()> {
    let mut arguments = quorum();
    arguments.insert(
        "x-delivery-limit".into(),
        AMQPValue::LongLongInt(DEAD_DELIVERY_LIMIT),
    );
    declare_durable(channel, &dead(queue), arguments).await
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
        channel
            .queue_bind(
                queue.into(),
                binding.exchange.into(),
                binding.routing_key.into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await?;
    }
    Ok(())
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
    arguments.insert("x-dead-letter-exchange".into(), text(""));
    arguments.insert("x-dead-letter-routing-key".into(), text(target));
    arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
    arguments.insert("x-overflow".into(), text("reject-publish"));
    arguments
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}
