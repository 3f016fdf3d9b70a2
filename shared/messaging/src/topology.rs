//! What is declared at the broker. Declaring again is harmless, declaring
//! differently is refused: change a name instead.

use contracts::messages::Kind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

use crate::queue::{Binding, Queue, dead};

/// Deliveries after which the broker itself takes a message for poison: one that
/// kills every process that receives it. Broken connections count too, so it is far
/// above what an outage causes.
const DELIVERY_LIMIT: i64 = 100;
/// Looking at dead letters takes and returns them, which counts as deliveries.
const DEAD_DELIVERY_LIMIT: i64 = 1_000_000;

/// Where events wait that no queue takes, and the exchange that leads there.
pub(crate) const UNHEARD: &str = "mercantile.unheard";
const UNHEARD_MOST: i64 = 100_000;
const UNHEARD_MS: i64 = 14 * 24 * 3600 * 1000;

/// The two exchanges of the house, and the place for events without a listener.
pub(crate) async fn declare_exchanges(channel: &Channel) -> lapin::Result<()> {
    declare_exchange(
        channel,
        UNHEARD,
        ExchangeKind::Fanout,
        FieldTable::default(),
    )
    .await?;
    let mut arguments = quorum();
    arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(UNHEARD_MOST));
    arguments.insert("x-message-ttl".into(), AMQPValue::LongLongInt(UNHEARD_MS));
    arguments.insert(
        "x-delivery-limit".into(),
        AMQPValue::LongLongInt(DEAD_DELIVERY_LIMIT),
    );
    declare_durable(channel, UNHEARD, arguments).await?;
    let everything = Binding {
        exchange: UNHEARD,
        routing_key: "",
    };
    bind(channel, UNHEARD, &[everything]).await?;

    let commands = Kind::Command.exchange();
    declare_exchange(
        channel,
        commands,
        ExchangeKind::Direct,
        FieldTable::default(),
    )
    .await?;
    let mut events = FieldTable::default();
    events.insert("alternate-exchange".into(), text(UNHEARD));
    declare_exchange(channel, Kind::Event.exchange(), ExchangeKind::Topic, events).await
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

/// A consumer's queue with its dead letters and bindings. Retry queues follow when
/// they are first needed.
pub(crate) async fn declare_queue(channel: &Channel, queue: &Queue) -> lapin::Result<()> {
    declare_dead(channel, &queue.name).await?;
    let mut arguments = dead_lettering_to(&queue.dead());
    arguments.insert(
        "x-delivery-limit".into(),
        AMQPValue::LongLongInt(DELIVERY_LIMIT),
    );
    declare_durable(channel, &queue.name, arguments).await?;
    bind(channel, &queue.name, &queue.bindings).await
}

/// The queue in which a message waits before it comes back to `queue`.
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

/// How many messages wait in a queue that exists; the channel ends when it does not.
pub(crate) async fn depth(channel: &Channel, queue: &str) -> lapin::Result<u64> {
    let only_look = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let found = channel
        .queue_declare(queue.into(), only_look, FieldTable::default())
        .await?;
    Ok(found.message_count().into())
}

/// Binds a queue to what it wants.
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

/// A quorum queue whose expired or undeliverable messages move on to `target`, with
/// the broker's own confirm before they are removed here.
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
