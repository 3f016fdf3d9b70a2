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

/// The two exchanges of the house.
pub(crate) async fn declare_exchanges(channel: &Channel) -> lapin::Result<()> {
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    for (kind, exchange_kind) in [
        (Kind::Command, ExchangeKind::Direct),
        (Kind::Event, ExchangeKind::Topic),
    ] {
        let name = kind.exchange().into();
        channel
            .exchange_declare(name, exchange_kind, durable, FieldTable::default())
            .await?;
    }
    Ok(())
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
    declare_durable(channel, &queue.retry(attempt), dead_lettering_to(&queue.name)).await
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
    channel.queue_declare(name.into(), durable, arguments).await?;
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
