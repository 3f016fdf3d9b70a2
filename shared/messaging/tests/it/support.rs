//! Two message types, and a broker for each test.

use std::time::Duration;

use contracts::messages::{ALL, Kind, Message};
use lapin::ConnectionProperties;
use lapin::types::FieldTable;
use messaging::{Binding, Broker, BrokerConfig, Envelope, Outgoing, PublishError, Queue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use testkit::{Proxy, Vhost};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Add {
    pub(crate) number: u32,
}

impl Message for Add {
    const TYPE: &'static str = "calculator.add.v1";
    const KIND: Kind = Kind::Command;
    const SOURCE: &'static str = "pupil";
    fn subject(&self) -> String {
        self.number.to_string()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Added {
    pub(crate) sum: u32,
}

impl Message for Added {
    const TYPE: &'static str = "calculator.added.v1";
    const KIND: Kind = Kind::Event;
    const SOURCE: &'static str = "calculator";
    fn subject(&self) -> String {
        self.sum.to_string()
    }
}

pub(crate) fn broker_at(url: &str) -> Broker {
    let mut config = BrokerConfig::at(url.into());
    config.reconnect_max_ms = 200;
    Broker::new(&config).unwrap()
}

pub(crate) async fn broker() -> (Vhost, Broker) {
    let vhost = testkit::vhost().await;
    let broker = broker_at(&vhost.url);
    broker.connected().await;
    (vhost, broker)
}

/// The URL of a broker behind a proxy, which a test can cut.
pub(crate) async fn proxied() -> (Vhost, Proxy, String) {
    let vhost = testkit::vhost().await;
    let (credentials, rest) = vhost.url.rsplit_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::to(server).await;
    let url = format!("{credentials}@{}/{name}", proxy.address);
    (vhost, proxy, url)
}

/// A queue of commands with short retry delays.
pub(crate) fn sums() -> Queue {
    let mut queue = Queue::new("calculator.sums").bind::<Add>();
    queue.first_delay = Duration::from_millis(20);
    queue.max_attempts = 3;
    queue
}

/// Declares the queue without leaving a consumer.
pub(crate) async fn declare(broker: &Broker, queue: Queue) {
    broker.consumer(queue).subscribed().await;
}

/// Declares the queue and removes the bindings to its messages, as an operator may do by mistake.
pub(crate) async fn declare_unbound(vhost: &Vhost, broker: &Broker, queue: &Queue) {
    declare(broker, queue.clone()).await;
    let properties = ConnectionProperties::default();
    let operator = lapin::Connection::connect(&vhost.url, properties)
        .await
        .unwrap();
    let channel = operator.create_channel().await.unwrap();
    for binding in &queue.bindings {
        let unbound = channel.queue_unbind(
            queue.name.as_str().into(),
            binding.exchange.into(),
            binding.routing_key.into(),
            FieldTable::default(),
        );
        unbound.await.unwrap();
    }
}

/// The queue of a service, bound to what the contracts send to it.
pub(crate) fn queue_of_contracts(name: &str) -> Queue {
    let mut queue = Queue::new(name);
    let sent = ALL
        .iter()
        .filter(|message| message.consumers.contains(&name));
    queue.bindings = sent
        .map(|message| Binding {
            exchange: message.kind.exchange(),
            routing_key: message.name,
        })
        .collect();
    queue
}

pub(crate) fn outgoing<M: Message>(message: &M) -> Outgoing {
    Outgoing {
        exchange: M::KIND.exchange().to_owned(),
        envelope: Envelope::of(message).unwrap(),
    }
}

pub(crate) async fn publish<M: Message>(broker: &Broker, message: &M) -> Result<(), PublishError> {
    broker
        .publish_batch(&[outgoing(message)])
        .await
        .pop()
        .unwrap()
}
