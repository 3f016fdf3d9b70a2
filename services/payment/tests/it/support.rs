//! A `payment` with its environment: a sender of commands that records the replies, and the sandbox as provider.

use std::sync::{Arc, Mutex};

use chassis::config::{Source, load};
use chassis::{Running, Shutdown};
use contracts::messages::{
    AuthorizationExpired, AuthorizePayment, CaptureFailed, CapturePayment, Message,
    PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentRefunded,
    PaymentVoided, RefundFailed, RefundPayment, VoidPayment,
};
use contracts::payment::v1::payment_service_client::PaymentServiceClient;
use contracts::payment::v1::reconciliation_service_client::ReconciliationServiceClient;
use kernel::{Currency, Money, OrderId, PaymentId, RefundId, UserId};
use messaging::{Broker, BrokerConfig, Envelope, Outgoing, Queue};
use reqwest::Client;
use serde_json::{Value, json};
use testkit::{Issuer, Proxy, TestDatabase, Vhost, eventually};
use tonic::transport::Channel;

use crate::sql::Sql;

const KEY: &str = "sk_test_sandbox";
const CONTROL_KEY: &str = "0123456789abcdef0123456789abcdef";

pub(crate) struct Shop {
    pub(crate) sql: Sql,
    pub(crate) issuer: Issuer,
    pub(crate) broker: Broker,
    received: Arc<Mutex<Vec<Envelope>>>,
    http: Client,
    sandbox: Running,
    services: Vec<Running>,
    changes: Vec<(String, String)>,
    pub(crate) database: TestDatabase,
    pub(crate) vhost: Vhost,
    /// The URL of the broker with the account of the service.
    account: String,
}

impl Shop {
    /// A provider, a sender and one replica of `payment`.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same, with `changes` of the configuration.
    pub(crate) async fn start_with(changes: &[(&str, &str)]) -> Self {
        let mut shop = Self::without_payment(changes).await;
        shop.start_payment().await;
        shop
    }

    /// A `payment` that reaches PostgreSQL through a proxy, which is cut while it starts.
    pub(crate) async fn start_without_database() -> (Self, Proxy) {
        let mut shop = Self::without_payment(&[]).await;
        let url = shop.database.url.clone();
        let (_, rest) = url.split_once('@').unwrap();
        let (server, _) = rest.split_once('/').unwrap();
        let proxy = Proxy::to(server).await;
        proxy.cut();
        let behind = url.replace(server, &proxy.address.to_string());
        shop.changes.push(("database.url".to_owned(), behind));
        shop.start_payment().await;
        (shop, proxy)
    }

    /// Cuts every connection to the broker. The clients reconnect.
    pub(crate) async fn cut_broker(&self) {
        self.vhost.cut_connections().await;
    }

    /// A provider and a sender; `payment` is not started.
    pub(crate) async fn without_payment(changes: &[(&str, &str)]) -> Self {
        let database = testkit::database("payment", async |url| {
            persistence::migrate(
                &persistence::DatabaseConfig::at(url.into()),
                payment::MIGRATIONS,
            )
            .await
            .map(|_| ())
        })
        .await;
        let vhost = testkit::vhost().await;
        let broker = Broker::new(&BrokerConfig::at(vhost.url.clone().into())).unwrap();
        let received = listen(&broker).await;
        let changes = changes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Self {
            sql: Sql::at(&database.superuser_url),
            issuer: Issuer::start().await,
            broker,
            received,
            http: Client::new(),
            sandbox: start_sandbox().await,
            services: Vec::new(),
            changes,
            database,
            account: vhost.account("payment").await,
            vhost,
        }
    }

    /// Changes the configuration of replicas that start later.
    pub(crate) fn change(&mut self, key: &str, value: &str) {
        self.changes.push((key.to_owned(), value.to_owned()));
    }

    /// Starts another replica.
    pub(crate) async fn start_payment(&mut self) {
        let config = self.config();
        let running = payment::start(config, Shutdown::for_tests()).await.unwrap();
        self.services.push(running);
    }

    /// Starts another replica, which stops like a killed process when it is dropped.
    pub(crate) async fn start_killable(&self) -> KillableReplica {
        let config = self.config();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut replica = KillableReplica {
            runtime: Some(runtime),
            running: None,
        };
        let start = payment::start(config, Shutdown::for_tests());
        let start = replica.runtime.as_ref().unwrap().spawn(start);
        replica.running = Some(start.await.unwrap().unwrap());
        replica
    }

    fn config(&self) -> payment::Config {
        let mut source = Source::defaults(payment::ABOUT)
            .set("database.url", &self.database.url)
            .set("broker.url", &self.account)
            .set("tokens.secrets", testkit::TOKEN_SECRET)
            .set("grpc.listen", "127.0.0.1:0")
            .set("admin.listen", "127.0.0.1:0")
            .set("upstreams.user.url", self.issuer.url())
            .set("provider.url", self.sandbox.url())
            .set("provider.secret_key", KEY)
            .set("worker.poll_ms", "50")
            .set("worker.first_delay_ms", "20")
            .set("worker.max_delay_ms", "200");
        for (key, value) in &self.changes {
            source = source.set(key, value);
        }
        load(&source).unwrap()
    }

    /// Stops every replica.
    pub(crate) async fn stop_payment(&mut self) {
        for service in self.services.drain(..) {
            service.stop().await;
        }
    }

    /// A client of the first replica's `PaymentService`.
    pub(crate) fn client(&self) -> PaymentServiceClient<Channel> {
        let url = self.services.first().unwrap().url();
        PaymentServiceClient::new(Channel::from_shared(url).unwrap().connect_lazy())
    }

    /// A client of the nth replica's `ReconciliationService`, from 0.
    pub(crate) fn reconciliations(&self, nth: usize) -> ReconciliationServiceClient<Channel> {
        let url = self.services.get(nth).unwrap().url();
        ReconciliationServiceClient::new(Channel::from_shared(url).unwrap().connect_lazy())
    }

    /// The metrics of the first replica.
    pub(crate) async fn metrics(&self) -> String {
        let url = format!("{}/metrics", self.services.first().unwrap().admin_url());
        self.http
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    /// The binary, configured for this shop.
    pub(crate) fn program(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_payment"));
        command
            .args(arguments)
            .env_clear()
            .env("PAYMENT__DATABASE__URL", &self.database.url)
            .env("PAYMENT__BROKER__URL", &self.account)
            .env("PAYMENT__TOKENS__SECRETS", testkit::TOKEN_SECRET)
            .env("PAYMENT__PROVIDER__URL", self.sandbox.url())
            .env("PAYMENT__PROVIDER__SECRET_KEY", KEY);
        for (key, value) in &self.changes {
            let variable = format!("PAYMENT__{}", key.replace('.', "__").to_uppercase());
            command.env(variable, value);
        }
        command
    }

    /// Sends a request to the provider directly, without `payment`.
    pub(crate) async fn post_to_provider(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let url = format!("{}/v1/{path}", self.sandbox.url());
        let request = self.http.post(url).bearer_auth(KEY).form(form);
        let response = request.send().await.unwrap();
        let status = response.status();
        let answer: Value = response.json().await.unwrap();
        assert!(status.is_success(), "{answer}");
        answer
    }

    /// Sends a command; waits until its queue exists.
    pub(crate) async fn send<M: Message>(&self, message: &M) {
        let outgoing = [Outgoing {
            exchange: M::KIND.exchange().to_owned(),
            envelope: Envelope::of(message).unwrap(),
        }];
        eventually("the command is routed", async || {
            let results = self.broker.publish_batch(&outgoing).await;
            results.iter().all(Result::is_ok).then_some(())
        })
        .await;
    }

    /// The received messages of type `M` about an order, in order.
    pub(crate) fn received<M: Message>(&self, order_id: OrderId) -> Vec<M> {
        let subject = order_id.to_string();
        let received = self.received.lock().unwrap();
        received
            .iter()
            .filter(|envelope| envelope.subject == subject)
            .filter_map(|envelope| envelope.decode().ok())
            .collect()
    }

    /// The types of all received messages about an order.
    pub(crate) fn types(&self, order_id: OrderId) -> Vec<String> {
        let subject = order_id.to_string();
        let received = self.received.lock().unwrap();
        received
            .iter()
            .filter(|envelope| envelope.subject == subject)
            .map(|envelope| envelope.message_type.clone())
            .collect()
    }

    /// Waits for the `nth` reply of type `M`, from 1.
    pub(crate) async fn reply<M: Message>(&self, order_id: OrderId, nth: usize) -> M {
        eventually(M::TYPE, async || {
            self.received::<M>(order_id).into_iter().nth(nth - 1)
        })
        .await
    }

    /// Sends a command and waits for its first reply of type `R`.
    pub(crate) async fn call<M: Message, R: Message>(&self, order_id: OrderId, message: &M) -> R {
        self.send(message).await;
        self.reply(order_id, 1).await
    }

    /// An authorized order.
    pub(crate) async fn authorized(&self) -> Order {
        let order = Order::new("pm_card_visa");
        let _: PaymentAuthorized = self.call(order.id, &order.authorize()).await;
        order
    }

    /// A captured order.
    pub(crate) async fn captured(&self) -> Order {
        let order = self.authorized().await;
        let _: PaymentCaptured = self.call(order.id, &order.capture()).await;
        order
    }

    /// Injects a fault into the provider.
    pub(crate) async fn control(&self, path: &str, body: Value) {
        let url = format!("{}/_sandbox/{path}", self.sandbox.url());
        let request = self
            .http
            .post(url)
            .header("Sandbox-Control-Key", CONTROL_KEY);
        let response = request.json(&body).send().await.unwrap();
        assert!(response.status().is_success(), "{}", response.status());
    }

    /// The provider's payment intents of an order, newest first.
    pub(crate) async fn intents(&self, order: &Order) -> Vec<Value> {
        let id = order.id.to_string();
        let all = self.listed("payment_intents").await;
        let ours = all.into_iter();
        ours.filter(|intent| intent["metadata"]["order_id"] == id.as_str())
            .collect()
    }

    /// The provider's refunds of an order, newest first.
    pub(crate) async fn refunds(&self, order: &Order) -> Vec<Value> {
        let id = order.id.to_string();
        let all = self.listed("refunds").await;
        let ours = all.into_iter();
        ours.filter(|refund| refund["metadata"]["order_id"] == id.as_str())
            .collect()
    }

    pub(crate) async fn listed(&self, what: &str) -> Vec<Value> {
        let url = format!("{}/v1/{what}?limit=100", self.sandbox.url());
        // Injected faults affect this call too.
        eventually("the provider lists", async || {
            let request = self.http.get(&url).bearer_auth(KEY);
            let page: Value = request.send().await.ok()?.json().await.ok()?;
            page["data"].as_array().cloned()
        })
        .await
    }

    /// Expires the authorization of an order at the provider.
    pub(crate) async fn expire(&self, order: &Order) {
        let intents = self.intents(order).await;
        let id = intents[0]["id"].as_str().unwrap();
        self.control(&format!("payment_intents/{id}/expire"), json!({}))
            .await;
    }

    /// Completes a challenge: `succeed` or `fail`.
    pub(crate) async fn authenticate(&self, order: &Order, outcome: &str) {
        let intents = self.intents(order).await;
        let id = intents[0]["id"].as_str().unwrap();
        let path = format!("payment_intents/{id}/authenticate");
        self.control(&path, json!({"outcome": outcome})).await;
    }

    /// An order with a challenge.
    pub(crate) async fn challenged(&self) -> Order {
        let order = Order::new("pm_card_authenticationRequired");
        let _: PaymentActionRequired = self.call(order.id, &order.authorize()).await;
        order
    }

    /// The ledger transactions of an order, as `authorize capture ..`.
    pub(crate) async fn booked(&self, order: &Order) -> String {
        let select = format!(
            "SELECT coalesce(string_agg(kind, ' ' ORDER BY id), '') AS value
             FROM ledger_transactions WHERE order_id = '{}'",
            order.id
        );
        self.sql.text(&select).await
    }

    /// The status of a payment in the database; empty without one.
    pub(crate) async fn status(&self, order: &Order) -> String {
        let select = format!(
            "SELECT coalesce(max(status), '') AS value FROM payments WHERE id = '{}'",
            order.payment_id
        );
        self.sql.text(&select).await
    }

    /// Waits until an operation of the order had this many attempts.
    pub(crate) async fn wait_for_attempts(&self, order: &Order, kind: &str, attempts: i32) {
        let from = format!(
            "operations WHERE payment_id = '{}' AND kind = '{kind}' AND attempts >= {attempts}",
            order.payment_id
        );
        eventually("the operation had the attempts", async || {
            (self.sql.count(&from).await > 0).then_some(())
        })
        .await;
    }

    /// Waits for a dead letter; returns its error.
    pub(crate) async fn dead_letter(&self) -> String {
        let dead = self.broker.dead_letters("payment.commands");
        let letter = eventually("a dead letter", async || dead.list(10).await.ok()?.pop()).await;
        letter.error
    }
}

async fn start_sandbox() -> Running {
    let source = Source::defaults(sandbox::ABOUT)
        .set("http.listen", "127.0.0.1:0")
        .set("admin.listen", "127.0.0.1:0")
        .set("provider.secret_key", KEY)
        .set("controls.key", CONTROL_KEY);
    let config = load(&source).unwrap();
    sandbox::start(config, Shutdown::for_tests()).await.unwrap()
}

/// Records every reply.
async fn listen(broker: &Broker) -> Arc<Mutex<Vec<Envelope>>> {
    let queue = Queue::new("order.replies")
        .bind::<PaymentAuthorized>()
        .bind::<PaymentActionRequired>()
        .bind::<AuthorizationExpired>()
        .bind::<PaymentDeclined>()
        .bind::<PaymentVoided>()
        .bind::<PaymentCaptured>()
        .bind::<CaptureFailed>()
        .bind::<PaymentRefunded>()
        .bind::<RefundFailed>();
    let received = Arc::new(Mutex::new(Vec::new()));
    let mut consumer = broker.consumer(queue);
    consumer.subscribed().await;
    let all = Arc::clone(&received);
    tokio::spawn(async move {
        loop {
            let batch = consumer.next_batch(64).await;
            for delivery in &batch {
                let envelope = delivery.envelope.clone().expect("a message of ours");
                all.lock().unwrap().push(envelope);
            }
            let _ = consumer.ack_batch(&batch).await;
        }
    });
    received
}

/// A replica that is killed when this is dropped.
pub(crate) struct KillableReplica {
    runtime: Option<tokio::runtime::Runtime>,
    running: Option<Running>,
}

impl Drop for KillableReplica {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// An order of 12.99 EUR and the commands about its payment.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) payment_id: PaymentId,
    pub(crate) customer_id: UserId,
    pub(crate) payment_method: String,
}

impl Order {
    pub(crate) fn new(payment_method: &str) -> Self {
        Self {
            id: OrderId::generate(),
            payment_id: PaymentId::generate(),
            customer_id: UserId::generate(),
            payment_method: payment_method.to_owned(),
        }
    }

    pub(crate) fn authorize(&self) -> AuthorizePayment {
        AuthorizePayment {
            order_id: self.id,
            payment_id: self.payment_id,
            customer_id: self.customer_id,
            amount: eur(1299),
            payment_method: self.payment_method.clone(),
        }
    }

    pub(crate) fn void(&self) -> VoidPayment {
        VoidPayment {
            order_id: self.id,
            payment_id: self.payment_id,
        }
    }

    pub(crate) fn capture(&self) -> CapturePayment {
        self.capture_for(1)
    }

    /// The capture for shipment number `shipment`.
    pub(crate) fn capture_for(&self, shipment: u32) -> CapturePayment {
        CapturePayment {
            order_id: self.id,
            payment_id: self.payment_id,
            shipment,
        }
    }

    pub(crate) fn refund(&self, minor: i64) -> RefundPayment {
        RefundPayment {
            order_id: self.id,
            payment_id: self.payment_id,
            refund_id: RefundId::generate(),
            amount: eur(minor),
        }
    }
}

pub(crate) fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}
