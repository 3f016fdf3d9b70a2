//! Everything that a mail needs: news from the broker, a mail server, and replicas of `user`.

use chassis::Running;
use chrono::{DateTime, Utc};
use contracts::messages::{Message, OrderConfirmed};
use contracts::user::v1::RegisterRequest;
use kernel::{Clock, Currency, Money, OrderId, UserId};
use messaging::{Broker, BrokerConfig, Envelope, Outgoing};
use testkit::{MailServer, TestDatabase, Vhost, eventually};

use super::{Client, PASSWORD, Service, config, database, start_config};

const QUEUE: &str = "user.notifications";
const EVENTS: usize = 7;

/// Drop the database last.
pub(crate) struct Post {
    pub(crate) server: MailServer,
    replicas: Vec<Service>,
    broker: Broker,
    changes: Vec<(String, String)>,
    pub(crate) database: TestDatabase,
    _vhost: Vhost,
}

/// A replica that is killed when this is dropped.
pub(crate) struct Mortal {
    runtime: Option<tokio::runtime::Runtime>,
    _running: Running,
}

impl Drop for Mortal {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Post {
    /// A mail server and one replica.
    pub(crate) async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// The same, with `changes` of the configuration.
    pub(crate) async fn open_with(changes: &[(&str, &str)]) -> Self {
        let mut post = Self::closed(changes).await;
        post.start().await;
        post
    }

    /// A queue that is there, and nobody who takes from it.
    pub(crate) async fn closed(changes: &[(&str, &str)]) -> Self {
        let vhost = testkit::vhost().await;
        let broker = Broker::new(&BrokerConfig::at(vhost.url.clone().into())).unwrap();
        let server = MailServer::start().await;
        let usual = [
            ("broker.url", vhost.url.clone()),
            ("mail.smtp_url", server.url()),
            ("mail.from", "Tea & Søn <orders@shop.example>".to_owned()),
            ("mail.poll_ms", "50".to_owned()),
            ("mail.first_delay_ms", "20".to_owned()),
            ("mail.max_delay_ms", "200".to_owned()),
        ];
        let usual = usual.map(|(key, value)| (key.to_owned(), value));
        let changes = changes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Self {
            server,
            replicas: Vec::new(),
            broker,
            changes: usual.into_iter().chain(changes).collect(),
            database: database().await,
            _vhost: vhost,
        }
    }

    /// One more replica, that hears the news.
    pub(crate) async fn start(&mut self) {
        let service = start_config(self.config(), Clock::system()).await;
        self.replicas.push(service);
        self._vhost.bound(QUEUE, EVENTS).await;
    }

    /// One more replica, which dies like a killed process: in the middle of whatever it does.
    pub(crate) async fn start_mortal(&self) -> Mortal {
        let config = self.config();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let start = runtime.spawn(async move { start_config(config, Clock::system()).await });
        let running = start.await.unwrap().running;
        self._vhost.bound(QUEUE, EVENTS).await;
        Mortal {
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

    /// Replicas that start from now on have another configuration.
    pub(crate) fn change(&mut self, key: &str, value: &str) {
        self.changes.push((key.to_owned(), value.to_owned()));
    }

    pub(crate) fn replica(&self) -> &Service {
        self.replicas.first().unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        self.replica().client.clone()
    }

    /// Stops the first replica.
    pub(crate) async fn stop(&mut self) -> chassis::shutdown::Stopped {
        self.replicas.remove(0).running.stop().await
    }

    pub(crate) async fn customer(&self, email: &str, display_name: &str) -> UserId {
        let registration = RegisterRequest {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            display_name: display_name.to_owned(),
        };
        let answer = self.client().register(registration).await.unwrap();
        answer.into_inner().user.unwrap().id.parse().unwrap()
    }

    /// Says something on the broker; answers with the message, to be said again.
    pub(crate) async fn say<M: Message>(&self, message: &M) -> Envelope {
        let envelope = Envelope::of(message).unwrap();
        self.say_all::<M>(&[&envelope]).await;
        envelope
    }

    /// Says these very messages, at once.
    pub(crate) async fn say_all<M: Message>(&self, envelopes: &[&Envelope]) {
        let outgoing: Vec<Outgoing> = envelopes
            .iter()
            .map(|envelope| Outgoing {
                exchange: M::KIND.exchange().to_owned(),
                envelope: (*envelope).clone(),
            })
            .collect();
        eventually("the messages are taken", async || {
            let results = self.broker.publish_batch(&outgoing).await;
            results.iter().all(Result::is_ok).then_some(())
        })
        .await;
    }

    /// Waits until so many notices are like this.
    pub(crate) async fn noted(&self, filter: &str, count: i64) {
        let from = format!("notifications WHERE {filter}");
        eventually(&format!("{count} {from}"), async || {
            (self.database.count(&from).await == count).then_some(())
        })
        .await;
    }

    /// Waits until so many messages were handled.
    pub(crate) async fn handled(&self, count: i64) {
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
