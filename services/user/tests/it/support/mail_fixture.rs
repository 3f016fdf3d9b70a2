//! A broker, a mail server and replicas of `user`.

use chassis::Running;
use chrono::{DateTime, Utc};
use contracts::messages::{Message, OrderConfirmed};
use kernel::{Clock, Currency, Money, OrderId, UserId};
use messaging::{Broker, BrokerConfig, Envelope, Outgoing};
use testkit::{MailServer, TestDatabase, Vhost, eventually};

use super::{Client, Service, config, database, start_config};

const QUEUE: &str = "user.notifications";
const EVENTS: usize = 10;

/// The fields are dropped in order; the database must come after the replicas.
pub(crate) struct MailFixture {
    pub(crate) server: MailServer,
    replicas: Vec<Service>,
    broker: Broker,
    changes: Vec<(String, String)>,
    pub(crate) database: TestDatabase,
    vhost: Vhost,
}

/// A replica that is killed on drop.
pub(crate) struct KillableReplica {
    runtime: Option<tokio::runtime::Runtime>,
    _running: Running,
}

impl Drop for KillableReplica {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl MailFixture {
    /// A mail server and one replica.
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// Like [`MailFixture::new`], with changes to the configuration.
    pub(crate) async fn with(changes: &[(&str, &str)]) -> Self {
        let mut fixture = Self::without_replica(changes).await;
        fixture.start_replica().await;
        fixture
    }

    /// Without a replica.
    pub(crate) async fn without_replica(changes: &[(&str, &str)]) -> Self {
        let vhost = testkit::vhost().await;
        let broker = Broker::new(&BrokerConfig::at(vhost.url.clone().into())).unwrap();
        let server = MailServer::start().await;
        let defaults = [
            ("broker.url", vhost.account("user").await),
            ("mail.smtp_url", server.url()),
            ("mail.from", "Tea & Søn <orders@shop.example>".to_owned()),
            ("mail.poll_ms", "50".to_owned()),
            ("mail.first_delay_ms", "20".to_owned()),
            ("mail.max_delay_ms", "200".to_owned()),
        ];
        let defaults = defaults.map(|(key, value)| (key.to_owned(), value));
        let changes = changes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Self {
            server,
            replicas: Vec::new(),
            broker,
            changes: defaults.into_iter().chain(changes).collect(),
            database: database().await,
            vhost,
        }
    }

    /// Starts one more replica and waits for its queue.
    pub(crate) async fn start_replica(&mut self) {
        let service = start_config(self.config(), Clock::system()).await;
        self.replicas.push(service);
        self.vhost.wait_for_bindings(QUEUE, EVENTS).await;
    }

    /// Starts one more replica in a runtime that can be killed like a process.
    pub(crate) async fn start_killable(&self) -> KillableReplica {
        let config = self.config();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let start = runtime.spawn(async move { start_config(config, Clock::system()).await });
        let running = start.await.unwrap().running;
        self.vhost.wait_for_bindings(QUEUE, EVENTS).await;
        KillableReplica {
            runtime: Some(runtime),
            _running: running,
        }
    }

    fn config(&self) -> user::Config {
        let changes: Vec<(&str, &str)> = self
            .changes
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        config(&self.database.url, &changes)
    }

    /// Sets a configuration key for replicas that start later.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.changes.push((key.to_owned(), value.to_owned()));
    }

    pub(crate) fn replica(&self) -> &Service {
        self.replicas.first().unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        self.replica().client.clone()
    }

    /// Stops the first replica.
    pub(crate) async fn stop_replica(&mut self) -> chassis::shutdown::Stopped {
        self.replicas.remove(0).running.stop().await
    }

    /// An account with a confirmed address, which nothing was mailed to.
    pub(crate) async fn customer(&self, email: &str, display_name: &str) -> UserId {
        let id = UserId::generate();
        let name = display_name.replace('\'', "''");
        let insert = format!(
            "INSERT INTO users (id, email, password_hash, display_name, role, created_at, email_verified_at)
             VALUES ('{id}', '{email}', 'none', '{name}', 'customer', now(), now())"
        );
        self.database.execute(&insert).await.unwrap();
        id
    }

    /// Publishes a message; returns its envelope, so that it can be published again.
    pub(crate) async fn publish<M: Message>(&self, message: &M) -> Envelope {
        let envelope = Envelope::of(message).unwrap();
        self.publish_all::<M>(&[&envelope]).await;
        envelope
    }

    /// Publishes these envelopes in one batch.
    pub(crate) async fn publish_all<M: Message>(&self, envelopes: &[&Envelope]) {
        let outgoing: Vec<Outgoing> = envelopes
            .iter()
            .map(|envelope| Outgoing {
                exchange: M::KIND.exchange().to_owned(),
                envelope: (*envelope).clone(),
            })
            .collect();
        eventually("the messages to be confirmed", async || {
            let results = self.broker.publish_batch(&outgoing).await;
            results.iter().all(Result::is_ok).then_some(())
        })
        .await;
    }

    /// Waits until `count` notifications match the SQL condition.
    pub(crate) async fn wait_for_notifications(&self, filter: &str, count: i64) {
        let from = format!("notifications WHERE {filter}");
        eventually(&format!("{count} {from}"), async || {
            (self.database.count(&from).await == count).then_some(())
        })
        .await;
    }

    /// Waits until the inbox has `count` messages.
    pub(crate) async fn wait_for_inbox(&self, count: i64) {
        eventually("the messages to be handled", async || {
            (self.database.count("inbox").await == count).then_some(())
        })
        .await;
    }
}

pub(crate) fn euros(minor_units: i64) -> Money {
    Money::new(minor_units, Currency::EUR)
}

pub(crate) fn confirmed(customer_id: UserId) -> OrderConfirmed {
    confirmed_at(customer_id, Utc::now())
}

pub(crate) fn confirmed_at(customer_id: UserId, at: DateTime<Utc>) -> OrderConfirmed {
    OrderConfirmed {
        order_id: OrderId::generate(),
        customer_id,
        at,
        total: euros(4_597),
    }
}
