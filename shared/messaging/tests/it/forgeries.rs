//! A compromised catalog tries to publish an event of payment by what its account may do. The broker lets it, and the
//! consumer rejects the message.

use std::time::Duration;

use contracts::messages::{CaptureFailed, Message, OrderPlaced, PaymentCaptured, StockReserved};
use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, ExchangeBindOptions, ExchangeDeclareOptions,
    QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, ExchangeKind};
use messaging::{Binding, Broker, Consumer, Notice, Settled};
use testkit::Vhost;
use topology::broker::EVENTS;
use uuid::Uuid;

use crate::support::{broker_at, declare_unbound, queue_of_contracts};

const REPLIES: &str = "order.replies";
const TARGET: &str = PaymentCaptured::TYPE;
const OWN: &str = StockReserved::TYPE;
/// An exchange and a queue of catalog.
const FORGE: &str = "catalog.forge";

fn table<const N: usize>(entries: [(&str, AMQPValue); N]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert(name.into(), value);
    }
    table
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

/// A connection with the account of a process.
struct Process {
    _connection: Connection,
    channel: Channel,
}

impl Process {
    async fn of(vhost: &Vhost, name: &str) -> Self {
        let url = vhost.account(name).await;
        let properties = ConnectionProperties::default();
        let connection = Connection::connect(&url, properties).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        let confirms = ConfirmSelectOptions::default();
        channel.confirm_select(confirms).await.unwrap();
        Self {
            _connection: connection,
            channel,
        }
    }

    /// Publishes a message whose headers state this type.
    async fn publish(
        &self,
        exchange: &str,
        routing_key: &str,
        message_type: &str,
        copies: &[&str],
    ) -> lapin::Result<()> {
        let mut headers = table([
            ("cloudEvents_specversion", text("1.0")),
            ("cloudEvents_id", text(&Uuid::now_v7().to_string())),
            ("cloudEvents_source", text("/payment")),
            ("cloudEvents_type", text(message_type)),
            ("cloudEvents_time", text("2026-11-30T10:00:00Z")),
        ]);
        if !copies.is_empty() {
            let keys: Vec<_> = copies.iter().map(|key| text(key)).collect();
            headers.insert("CC".into(), AMQPValue::FieldArray(keys.into()));
        }
        let published = self.channel.basic_publish(
            exchange.into(),
            routing_key.into(),
            BasicPublishOptions::default(),
            b"{}",
            BasicProperties::default().with_headers(headers),
        );
        published.await?.await.map(drop)
    }

    async fn declare_exchange(&self, arguments: FieldTable) {
        let options = ExchangeDeclareOptions::default();
        let declared =
            self.channel
                .exchange_declare(FORGE.into(), ExchangeKind::Direct, options, arguments);
        declared.await.unwrap();
    }

    /// Publishes `message_type` to an exchange of its own that is bound to that of events.
    async fn publish_by_binding(&self, message_type: &str) {
        self.declare_exchange(FieldTable::default()).await;
        let bound = self.channel.exchange_bind(
            EVENTS.into(),
            FORGE.into(),
            message_type.into(),
            ExchangeBindOptions::default(),
            FieldTable::default(),
        );
        bound.await.unwrap();
        let published = self.publish(FORGE, message_type, message_type, &[]);
        published.await.unwrap();
    }
}

/// The consumer of order, and a compromised catalog.
struct Attack {
    vhost: Vhost,
    broker: Broker,
    consumer: Consumer,
    catalog: Process,
}

impl Attack {
    async fn start() -> Self {
        let vhost = testkit::vhost().await;
        let broker = broker_at(&vhost.account("order").await);
        broker.connected().await;
        let mut consumer = broker.consumer(queue_of_contracts(REPLIES));
        consumer.subscribed().await;
        let catalog = Process::of(&vhost, "catalog").await;
        Self {
            vhost,
            broker,
            consumer,
            catalog,
        }
    }

    /// The next message is rejected, also after it was redriven.
    async fn expect_rejection(mut self) {
        for _ in 0..2 {
            let next = tokio::time::timeout(Duration::from_secs(20), self.consumer.next_batch(1));
            let batch = next.await.unwrap();
            let why = batch[0].envelope.as_ref().unwrap_err().clone();
            assert!(why.starts_with("untrusted: "), "{why}");
            let settled = self.consumer.dead_letter(&batch[0], &why).await;
            assert_eq!(settled, Settled::Dead);
            let letters = self.broker.dead_letters(REPLIES);
            assert_eq!(letters.list(10).await.unwrap()[0].error, why);
            // The broker needs a moment to put back what was listed.
            testkit::eventually("the letter is redriven", async || {
                (letters.redrive_all().await.unwrap() == 1).then_some(())
            })
            .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_its_sender_is_accepted() {
    let mut attack = Attack::start().await;
    let payment = Process::of(&attack.vhost, "payment").await;
    for message_type in [TARGET, CaptureFailed::TYPE] {
        let published = payment.publish(EVENTS, message_type, message_type, &[]);
        published.await.unwrap();
        let batch = attack.consumer.next_batch(1).await;
        let received = batch[0].envelope.as_ref().unwrap();
        assert_eq!(received.message_type, message_type);
        // A retry is accepted, too.
        let settled = attack.consumer.retry(&batch[0], "not now").await;
        assert_eq!(settled, Settled::Retried);
        let batch = attack.consumer.next_batch(1).await;
        assert!(batch[0].envelope.is_ok());
        attack.consumer.ack(&batch[0]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_is_not_the_routing_key_is_rejected() {
    let attack = Attack::start().await;
    let published = attack.catalog.publish(EVENTS, OWN, TARGET, &[]);
    published.await.unwrap();
    attack.expect_rejection().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_by_a_binding_of_another_exchange_is_rejected() {
    let attack = Attack::start().await;
    attack.catalog.publish_by_binding(TARGET).await;
    attack.expect_rejection().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_by_an_alternate_exchange_is_rejected() {
    let attack = Attack::start().await;
    let alternate = table([("alternate-exchange", text(EVENTS))]);
    attack.catalog.declare_exchange(alternate).await;
    let published = attack.catalog.publish(FORGE, TARGET, TARGET, &[]);
    published.await.unwrap();
    attack.expect_rejection().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_by_a_dead_letter_is_rejected() {
    let attack = Attack::start().await;
    let catalog = &attack.catalog;
    catalog.declare_exchange(FieldTable::default()).await;
    let expiring = table([
        ("x-message-ttl", AMQPValue::LongInt(1)),
        ("x-dead-letter-exchange", text(EVENTS)),
        ("x-dead-letter-routing-key", text(TARGET)),
    ]);
    let options = QueueDeclareOptions::default();
    let declared = catalog
        .channel
        .queue_declare(FORGE.into(), options, expiring);
    declared.await.unwrap();
    let bound = catalog.channel.queue_bind(
        FORGE.into(),
        FORGE.into(),
        "key".into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    bound.await.unwrap();
    let published = catalog.publish(FORGE, "key", TARGET, &[]);
    published.await.unwrap();
    attack.expect_rejection().await;
}

/// RabbitMQ also routes by the keys in this header. Versions before 3.13 do not check them.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_by_the_header_cc_is_rejected() {
    let attack = Attack::start().await;
    let own = "catalog.unknown.v1";
    match attack.catalog.publish(EVENTS, own, TARGET, &[TARGET]).await {
        Ok(()) => attack.expect_rejection().await,
        Err(error) => assert!(error.to_string().contains("ACCESS_REFUSED"), "{error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unrouted_forgery_is_rejected() {
    let attack = Attack::start().await;
    let Attack {
        vhost,
        broker,
        consumer,
        catalog,
    } = attack;
    drop(consumer);
    let queue = queue_of_contracts(REPLIES);
    declare_unbound(&vhost, &broker, &queue).await;
    catalog.publish_by_binding(TARGET).await;
    testkit::eventually("the event is unrouted", async || {
        let unrouted = broker.unrouted(REPLIES).count().await.ok()?;
        (unrouted == 1).then_some(())
    })
    .await;
    let consumer = broker.consumer(queue);
    let attack = Attack {
        vhost,
        broker,
        consumer,
        catalog,
    };
    attack.expect_rejection().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_ignores_a_forgery() {
    let attack = Attack::start().await;
    let gateway = broker_at(&attack.vhost.account("gateway").await);
    let mut events = gateway.fan_out("gateway.orders", vec![Binding::to::<OrderPlaced>()]);
    assert!(matches!(events.next().await, Notice::Subscribed));
    attack.catalog.publish_by_binding(OrderPlaced::TYPE).await;
    let order = Process::of(&attack.vhost, "order").await;
    let message_type = OrderPlaced::TYPE;
    let genuine = order.publish(EVENTS, message_type, message_type, &[]);
    genuine.await.unwrap();
    let genuine = order.publish(EVENTS, message_type, message_type, &[]);
    genuine.await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let Notice::Event(event) = events.next().await else {
            panic!("an event was expected");
        };
        ids.push(event.id);
    }
    // The forgery came first; the two that arrive are the others.
    ids.dedup();
    assert_eq!(ids.len(), 2);
    let next = tokio::time::timeout(Duration::from_secs(1), events.next());
    assert!(next.await.is_err(), "the forgery arrived");
}
