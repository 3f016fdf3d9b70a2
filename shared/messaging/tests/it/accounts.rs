//! What the account of each process may do at the broker, and what the broker refuses to it.

use std::collections::BTreeSet;

use contracts::messages::{self, Kind};
use lapin::options::{
    BasicConsumeOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions,
    ExchangeBindOptions, ExchangeDeclareOptions, ExchangeDeleteOptions, QueueBindOptions,
    QueueDeclareOptions, QueueDeleteOptions, QueuePurgeOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, ExchangeKind};
use testkit::Vhost;
use topology::broker::{ACCOUNTS, COMMANDS, EVENTS, EXCHANGES, UNROUTED};

use crate::support::{broker_at, declare, queue_of_contracts};

const COMMAND: &str = "payment.refund.v1";
/// A durable queue of each service, and one for each account without a consumer.
const QUEUES: [(&str, &str); 5] = [
    ("gateway", "gateway.queue"),
    ("user", "user.notifications"),
    ("catalog", "catalog.commands"),
    ("order", "order.replies"),
    ("payment", "payment.commands"),
];

/// An operation of AMQP.
#[derive(Debug, Clone)]
enum Operation {
    /// Exchange, routing key.
    Publish(String, String),
    DeclareExchange(String),
    /// Exchange, and where it sends what it cannot route.
    DeclareExchangeWithAlternate(String, String),
    DeleteExchange(String),
    DeclareQueue(String),
    /// Queue, and the exchange of its dead letters.
    DeclareQueueWithDeadLetters(String, String),
    DeleteQueue(String),
    Purge(String),
    Get(String),
    Consume(String),
    /// Queue, exchange, routing key.
    Bind(String, String, String),
    /// Destination, source, routing key.
    BindExchange(String, String, String),
}

/// Makes the names short to write: `Publish("", "a")`.
macro_rules! op {
    ($name:ident($($text:expr),*)) => { Operation::$name($($text.to_string()),*) };
}

impl Operation {
    async fn run(&self, channel: &Channel) -> lapin::Result<()> {
        use Operation::*;
        let none = FieldTable::default;
        match self {
            Publish(exchange, key) => publish(channel, exchange, key).await,
            DeclareExchange(name) => declare_exchange(channel, name, none()).await,
            DeclareExchangeWithAlternate(name, alternate) => {
                declare_exchange(channel, name, argument("alternate-exchange", alternate)).await
            }
            DeleteExchange(name) => {
                let options = ExchangeDeleteOptions::default();
                channel.exchange_delete(name.as_str().into(), options).await
            }
            DeclareQueue(name) => declare_queue(channel, name, none()).await,
            DeclareQueueWithDeadLetters(name, exchange) => {
                declare_queue(channel, name, argument("x-dead-letter-exchange", exchange)).await
            }
            DeleteQueue(name) => {
                let options = QueueDeleteOptions::default();
                let deleted = channel.queue_delete(name.as_str().into(), options);
                deleted.await.map(drop)
            }
            Purge(name) => {
                let options = QueuePurgeOptions::default();
                let purged = channel.queue_purge(name.as_str().into(), options);
                purged.await.map(drop)
            }
            Get(name) => {
                let options = BasicGetOptions::default();
                let got = channel.basic_get(name.as_str().into(), options);
                got.await.map(drop)
            }
            Consume(name) => {
                let options = BasicConsumeOptions::default();
                let consumed =
                    channel.basic_consume(name.as_str().into(), "".into(), options, none());
                consumed.await.map(drop)
            }
            Bind(queue, exchange, key) => {
                let bound = channel.queue_bind(
                    queue.as_str().into(),
                    exchange.as_str().into(),
                    key.as_str().into(),
                    QueueBindOptions::default(),
                    none(),
                );
                bound.await
            }
            BindExchange(destination, source, key) => {
                let bound = channel.exchange_bind(
                    destination.as_str().into(),
                    source.as_str().into(),
                    key.as_str().into(),
                    ExchangeBindOptions::default(),
                    none(),
                );
                bound.await
            }
        }
    }
}

fn argument(name: &str, value: &str) -> FieldTable {
    let mut table = FieldTable::default();
    table.insert(name.into(), AMQPValue::LongString(value.into()));
    table
}

async fn publish(channel: &Channel, exchange: &str, key: &str) -> lapin::Result<()> {
    let confirms = ConfirmSelectOptions::default();
    channel.confirm_select(confirms).await?;
    let published = channel.basic_publish(
        exchange.into(),
        key.into(),
        BasicPublishOptions::default(),
        b"{}",
        BasicProperties::default(),
    );
    published.await?.await.map(drop)
}

async fn declare_exchange(
    channel: &Channel,
    name: &str,
    arguments: FieldTable,
) -> lapin::Result<()> {
    let options = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    let declared = channel.exchange_declare(name.into(), ExchangeKind::Topic, options, arguments);
    declared.await
}

async fn declare_queue(channel: &Channel, name: &str, arguments: FieldTable) -> lapin::Result<()> {
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let declared = channel.queue_declare(name.into(), options, arguments);
    declared.await.map(drop)
}

/// A virtual host with the queues of every service, and a connection of each process.
struct Shop {
    _vhost: Vhost,
    connections: Vec<(&'static str, Connection)>,
}

impl Shop {
    async fn open() -> Self {
        let vhost = testkit::vhost().await;
        let mut connections = Vec::new();
        for (process, name) in QUEUES {
            let url = vhost.account(process).await;
            let broker = broker_at(&url);
            broker.connected().await;
            declare(&broker, queue_of_contracts(name)).await;
            let properties = ConnectionProperties::default();
            let connection = Connection::connect(&url, properties).await.unwrap();
            connections.push((process, connection));
        }
        Self {
            _vhost: vhost,
            connections,
        }
    }

    async fn run(&self, process: &str, operation: &Operation) -> lapin::Result<()> {
        let found = self.connections.iter().find(|(name, _)| *name == process);
        let channel = found.unwrap().1.create_channel().await.unwrap();
        operation.run(&channel).await
    }

    async fn allows(&self, process: &str, operation: Operation) {
        let outcome = self.run(process, &operation).await;
        assert!(outcome.is_ok(), "{process}: {operation:?}: {outcome:?}");
    }

    async fn refuses(&self, process: &str, operation: Operation) {
        let outcome = self.run(process, &operation).await;
        let error = outcome.expect_err(&format!("{process} may {operation:?}"));
        assert!(
            error.to_string().contains("ACCESS_REFUSED"),
            "{process}: {operation:?}: {error}"
        );
    }
}

/// An event that a service sends.
fn event_of(service: &str) -> Option<&'static str> {
    let mut all = messages::ALL.iter();
    let event = all.find(|message| message.source == service && message.kind == Kind::Event)?;
    Some(event.name)
}

#[test]
fn the_names_of_the_exchanges_are_those_of_the_contracts() {
    assert_eq!(
        (Kind::Command.exchange(), Kind::Event.exchange()),
        (COMMANDS, EVENTS)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_process_sends_every_message_of_its_own() {
    let shop = Shop::open().await;
    for message in messages::ALL {
        let exchange = message.kind.exchange();
        shop.allows(message.source, op!(Publish(exchange, message.name)))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_sends_a_message_of_another() {
    let shop = Shop::open().await;
    for (process, _) in QUEUES {
        for message in messages::ALL {
            if message.source != process {
                let exchange = message.kind.exchange();
                shop.refuses(process, op!(Publish(exchange, message.name)))
                    .await;
            }
            shop.refuses(process, op!(Publish(UNROUTED, message.name)))
                .await;
        }
        // A type that nobody has defined.
        for exchange in [COMMANDS, EVENTS] {
            shop.refuses(process, op!(Publish(exchange, "admin.erase.v1")))
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_publishes_to_the_default_exchange() {
    let shop = Shop::open().await;
    for (process, _) in QUEUES {
        for (_, queue) in QUEUES {
            for queue in [queue.to_owned(), format!("{queue}.dead")] {
                shop.refuses(process, op!(Publish("", queue))).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_reaches_a_queue_by_the_exchanges_of_the_server() {
    let shop = Shop::open().await;
    for (process, own) in QUEUES {
        for exchange in ["amq.direct", "amq.topic", "amq.fanout", "amq.headers"] {
            shop.refuses(process, op!(Publish(exchange, COMMAND))).await;
            shop.refuses(process, op!(Bind(own, exchange, COMMAND)))
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_process_retries_by_its_own_exchange_only() {
    let shop = Shop::open().await;
    for (process, _) in QUEUES {
        for (other, queue) in QUEUES {
            let retry = op!(Publish(format!("{other}.retries"), queue));
            if process == other {
                shop.allows(process, retry).await;
            } else {
                shop.refuses(process, retry).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_process_reads_its_own_queues_only() {
    let shop = Shop::open().await;
    for (process, own) in QUEUES {
        shop.allows(process, op!(Get(own))).await;
        shop.allows(process, op!(Get(format!("{own}.dead")))).await;
        shop.allows(process, op!(Purge(own))).await;
        shop.allows(process, op!(Consume(own))).await;
        for (_, queue) in QUEUES.iter().filter(|(other, _)| *other != process) {
            shop.refuses(process, op!(Get(queue))).await;
            shop.refuses(process, op!(Get(format!("{queue}.dead"))))
                .await;
            shop.refuses(process, op!(Purge(queue))).await;
            shop.refuses(process, op!(Consume(queue))).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_process_subscribes_to_what_the_contracts_send_it_only() {
    let shop = Shop::open().await;
    for (process, own) in QUEUES {
        let sent = messages::sent_to(own);
        let account = ACCOUNTS.iter().find(|account| account.process == process);
        let subscribes = account.unwrap().subscribes;
        for message in messages::ALL {
            let exchange = message.kind.exchange();
            let bind = op!(Bind(own, exchange, message.name));
            if sent.contains(message.name) {
                shop.allows(process, bind).await;
            } else if !subscribes.iter().any(|(name, _)| *name == exchange) {
                shop.refuses(process, bind).await;
            }
        }
        for exchange in [COMMANDS, EVENTS, UNROUTED] {
            for pattern in ["#", "*.*.v1", "*.refund.v1"] {
                shop.refuses(process, op!(Bind(own, exchange, pattern)))
                    .await;
            }
        }
    }
    // Nobody but its receiver gets a copy of a command, and the gateway nothing about cards.
    for process in ["gateway", "user", "catalog", "order"] {
        let queue = format!("{process}.copies");
        shop.allows(process, op!(DeclareQueue(queue))).await;
        shop.refuses(process, op!(Bind(queue, COMMANDS, COMMAND)))
            .await;
    }
    for process in ["gateway", "user", "catalog", "payment"] {
        let queue = format!("{process}.copies");
        shop.allows(process, op!(DeclareQueue(queue))).await;
        let declined = op!(Bind(queue, EVENTS, "payment.declined.v1"));
        shop.refuses(process, declined).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_subscribes_to_orders_and_products() {
    let shop = Shop::open().await;
    let queue = "gateway.orders.0190a1b2";
    shop.allows("gateway", op!(DeclareQueue(queue))).await;
    for message in messages::ALL {
        let is_public = message.source == "order" || message.name == "catalog.product_changed.v1";
        if message.kind == Kind::Event && is_public {
            shop.allows("gateway", op!(Bind(queue, EVENTS, message.name)))
                .await;
        } else {
            let exchange = message.kind.exchange();
            shop.refuses("gateway", op!(Bind(queue, exchange, message.name)))
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_changes_the_objects_of_others() {
    let shop = Shop::open().await;
    for (process, _) in QUEUES {
        for (other, queue) in QUEUES.iter().filter(|(other, _)| *other != process) {
            shop.refuses(process, op!(DeclareQueue(format!("{other}.fake"))))
                .await;
            shop.refuses(process, op!(DeclareExchange(format!("{other}.fake"))))
                .await;
            shop.refuses(process, op!(DeleteQueue(queue))).await;
            shop.refuses(process, op!(DeleteExchange(format!("{other}.retries"))))
                .await;
            // A way into the queue by an exchange of its own.
            let own = format!("{process}.retries");
            shop.refuses(process, op!(Bind(queue, own, "key"))).await;
        }
        for exchange in EXCHANGES {
            let name = exchange.name;
            shop.refuses(process, op!(DeleteExchange(name))).await;
            shop.refuses(process, op!(DeclareExchange(name))).await;
            let own = format!("{process}.retries");
            shop.refuses(process, op!(BindExchange(own, name, "#")))
                .await;
            let account = ACCOUNTS.iter().find(|account| account.process == process);
            let mut publishes = account.unwrap().publishes.iter();
            // Who may publish to an exchange may bind to it: forgeries.rs.
            if !publishes.any(|(exchange, _)| *exchange == name) {
                shop.refuses(process, op!(BindExchange(name, own, "key")))
                    .await;
            }
        }
        for name in ["fake", "mercantile.fake"] {
            shop.refuses(process, op!(DeclareQueue(name))).await;
            shop.refuses(process, op!(DeclareExchange(name))).await;
        }
    }
}

/// The broker itself publishes dead letters and what an exchange cannot route; it checks the target when these are declared.
#[tokio::test(flavor = "multi_thread")]
async fn no_process_makes_the_broker_publish_for_it() {
    let shop = Shop::open().await;
    for (process, _) in QUEUES {
        let account = ACCOUNTS.iter().find(|account| account.process == process);
        let publishes = account.unwrap().publishes;
        let mut targets: BTreeSet<String> = ["", "amq.direct", UNROUTED].map(str::to_owned).into();
        for exchange in [COMMANDS, EVENTS] {
            if !publishes.iter().any(|(name, _)| *name == exchange) {
                targets.insert(exchange.to_owned());
            }
        }
        for (other, _) in QUEUES.iter().filter(|(other, _)| *other != process) {
            targets.insert(format!("{other}.retries"));
        }
        for target in targets {
            let queue = format!("{process}.fake");
            shop.refuses(process, op!(DeclareQueueWithDeadLetters(queue, target)))
                .await;
            if !target.is_empty() {
                let exchange = format!("{process}.fake");
                let declare = op!(DeclareExchangeWithAlternate(exchange, target));
                shop.refuses(process, declare).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_events_publishes_none() {
    let shop = Shop::open().await;
    for process in ["gateway", "user"] {
        assert_eq!(event_of(process), None);
        let event = format!("{process}.something.v1");
        shop.refuses(process, op!(Publish(EVENTS, event))).await;
    }
}
