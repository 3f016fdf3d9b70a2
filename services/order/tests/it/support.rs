pub(crate) mod catalog;
pub(crate) mod participants;

use chassis::config::{Source, load};
use chassis::status::Details;
use chassis::{Running, Shutdown};
use contracts::order::v1::cart_service_client::CartServiceClient;
use contracts::order::v1::order_service_client::OrderServiceClient;
use contracts::order::v1::saga_service_client::SagaServiceClient;
use contracts::order::v1::*;
use contracts::types::v1::PostalAddress;
use kernel::UserId;
use messaging::{Broker, BrokerConfig};
use order::Config;
use persistence::{Database, DatabaseConfig};
use testkit::{Issuer, Proxy, TestDatabase, Vhost, eventually, with_token};
use tonic::transport::Channel;
use tonic::{Request, Status};

use catalog::Catalog;
use participants::Participants;

/// The service and everything around it, for one test.
pub(crate) struct App {
    pub(crate) carts: CartServiceClient<Channel>,
    pub(crate) orders: OrderServiceClient<Channel>,
    pub(crate) sagas: SagaServiceClient<Channel>,
    pub(crate) catalog: Catalog,
    pub(crate) participants: Participants,
    pub(crate) issuer: Issuer,
    running: Running,
    settings: Vec<(String, String)>,
    /// Between the service and its database.
    pub(crate) postgres: Proxy,
    /// Between the service and its broker.
    pub(crate) rabbitmq: Proxy,
    database: TestDatabase,
    vhost: Vhost,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    token: String,
}

impl App {
    /// With waits so long that no test meets a deadline.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With other values in the configuration.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let migrate = async |url: String| {
            persistence::migrate(&url.into(), order::MIGRATIONS)
                .await
                .map(drop)
        };
        let database = testkit::database("order", migrate).await;
        let vhost = testkit::vhost().await;
        let issuer = Issuer::start().await;
        let catalog = Catalog::start().await;
        let participants = Participants::start(&vhost.url).await;
        let mut settings: Vec<(String, String)> = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let (postgres, database_url) = Proxy::in_front_of(&database.url).await;
        let (rabbitmq, broker_url) = Proxy::in_front_of(&vhost.url).await;
        let own = [
            ("database.url", database_url),
            ("broker.url", broker_url),
            ("upstreams.catalog.url", catalog.url.clone()),
            ("upstreams.user.url", issuer.url().to_owned()),
        ];
        settings.extend(own.map(|(key, value)| (key.to_owned(), value)));
        let running = run(&settings).await;
        vhost.wait_for_bindings("order.replies", 14).await;
        let channel = Channel::from_shared(running.url()).unwrap().connect_lazy();
        Self {
            carts: CartServiceClient::new(channel.clone()),
            orders: OrderServiceClient::new(channel.clone()),
            sagas: SagaServiceClient::new(channel),
            catalog,
            participants,
            issuer,
            running,
            settings,
            postgres,
            rabbitmq,
            database,
            vhost,
        }
    }

    /// One more process of the service on the same servers.
    pub(crate) async fn replica(&self) -> Running {
        run(&self.settings).await
    }

    /// One more process, with ways of its own to its servers, that can be cut like its life.
    pub(crate) async fn mortal_replica(&self) -> (Running, [Proxy; 2]) {
        let (postgres, database_url) = Proxy::in_front_of(&self.database.url).await;
        let (rabbitmq, broker_url) = Proxy::in_front_of(&self.vhost.url).await;
        let own = [("database.url", database_url), ("broker.url", broker_url)];
        let mut settings = self.settings.clone();
        settings.extend(own.map(|(key, value)| (key.to_owned(), value)));
        (run(&settings).await, [postgres, rabbitmq])
    }

    pub(crate) async fn is_ready(&self) -> bool {
        testkit::is_ready(&self.running.admin_url()).await
    }

    pub(crate) async fn cut_broker_connections(&self) {
        self.vhost.cut_connections().await;
    }

    pub(crate) fn customer(&self) -> Person {
        self.person("customer")
    }

    pub(crate) fn staff(&self) -> Person {
        self.person("staff")
    }

    fn person(&self, role: &str) -> Person {
        let id = UserId::generate();
        let token = self.issuer.token(id, role);
        Person { id, token }
    }

    pub(crate) fn admin_url(&self) -> String {
        self.running.admin_url()
    }

    pub(crate) fn broker_url(&self) -> String {
        self.vhost.url.clone()
    }

    /// Sets how many units of a SKU a customer's cart holds.
    pub(crate) async fn put(&mut self, person: &Person, sku: &str, quantity: u32) -> Cart {
        let request = SetItemRequest {
            guest_token: String::new(),
            sku: sku.to_owned(),
            quantity,
        };
        let answer = self.carts.set_item(person.says(request)).await.unwrap();
        answer.into_inner().cart.unwrap()
    }

    pub(crate) async fn cart(&mut self, person: &Person, country: &str) -> Cart {
        let request = GetCartRequest {
            guest_token: String::new(),
            country: country.to_owned(),
        };
        let answer = self.carts.get_cart(person.says(request)).await.unwrap();
        answer.into_inner().cart.unwrap()
    }

    pub(crate) async fn place(
        &mut self,
        person: &Person,
        request: PlaceOrderRequest,
    ) -> Result<Order, Status> {
        let answer = self.orders.place_order(person.says(request)).await?;
        Ok(answer.into_inner().order.unwrap())
    }

    /// An order of two bags of coffee, placed by a new customer.
    pub(crate) async fn placed(&mut self) -> (Person, Order) {
        let person = self.customer();
        self.put(&person, "COFFEE", 2).await;
        let order = self.place(&person, checkout("key")).await.unwrap();
        (person, order)
    }

    /// The same, confirmed.
    pub(crate) async fn confirmed(&mut self) -> (Person, Order) {
        let (person, order) = self.placed().await;
        self.participants.confirm(&order.id).await;
        let order = self.order(&person, &order.id).await;
        assert_eq!(order.status(), OrderStatus::Confirmed);
        (person, order)
    }

    /// The same, shipped.
    pub(crate) async fn shipped(&mut self) -> (Person, Order) {
        let (person, order) = self.confirmed().await;
        self.ship(&order.id, "TRACK-1").await.unwrap();
        self.participants.capture(&order.id, total(&order)).await;
        let order = self
            .eventually(&person, &order.id, OrderStatus::Shipped)
            .await;
        (person, order)
    }

    pub(crate) async fn order(&mut self, person: &Person, id: &str) -> Order {
        let request = GetOrderRequest { id: id.to_owned() };
        let answer = self.orders.get_order(person.says(request)).await.unwrap();
        answer.into_inner().order.unwrap()
    }

    /// Waits until the order is in this state and nothing is in progress.
    pub(crate) async fn eventually(
        &mut self,
        person: &Person,
        id: &str,
        status: OrderStatus,
    ) -> Order {
        let what = format!("{} in {}", id, status.as_str_name());
        eventually(&what, async || {
            let order = self.order(person, id).await;
            (order.status() == status && !order.in_progress).then_some(order)
        })
        .await
    }

    pub(crate) async fn cancel(&mut self, person: &Person, id: &str) -> Result<Order, Status> {
        let request = CancelOrderRequest { id: id.to_owned() };
        let answer = self.orders.cancel_order(person.says(request)).await?;
        Ok(answer.into_inner().order.unwrap())
    }

    pub(crate) async fn ship(&mut self, id: &str, tracking: &str) -> Result<Order, Status> {
        let request = ShipOrderRequest {
            id: id.to_owned(),
            tracking_number: tracking.to_owned(),
        };
        let answer = self.orders.ship_order(self.staff().says(request)).await?;
        Ok(answer.into_inner().order.unwrap())
    }

    /// Kinds of the timeline's entries, with their services.
    pub(crate) async fn timeline(&mut self, person: &Person, id: &str) -> Vec<String> {
        let request = GetTimelineRequest { id: id.to_owned() };
        let answer = self
            .orders
            .get_timeline(person.says(request))
            .await
            .unwrap();
        let entries = answer.into_inner().entries;
        assert!(
            entries
                .iter()
                .all(|entry| !entry.message.is_empty() && entry.at.is_some())
        );
        let entries = entries.into_iter();
        entries
            .map(|entry| format!("{} {}", entry.service, entry.kind))
            .collect()
    }

    /// A counter or gauge without labels, as it is scraped.
    pub(crate) async fn metric(&self, name: &str) -> Option<String> {
        let text = testkit::scrape(&self.admin_url()).await;
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        let found = lines.find(|(key, _)| *key == name);
        found.map(|(_, value)| value.to_owned())
    }

    /// How many messages nobody could handle.
    pub(crate) async fn dead_letters(&self) -> usize {
        let broker = Broker::new(&BrokerConfig::at(self.broker_url().into())).unwrap();
        let listed = broker.dead_letters("order.replies").list(1_000).await;
        listed.unwrap().len()
    }

    /// Runs statements on the service's database.
    pub(crate) async fn sql(&self, statements: &str) {
        self.database.execute(statements).await.unwrap();
    }

    /// Rows of a table that fulfil a condition.
    pub(crate) async fn rows(&self, table: &str, condition: &str) -> i64 {
        let from = format!("{table} WHERE {condition}");
        self.database.count(&from).await
    }

    /// A session of its own on the service's database.
    pub(crate) fn other_session(&self) -> Database {
        let config = DatabaseConfig::at(self.database.url.clone().into());
        Database::new(&config).unwrap()
    }
}

/// Starts the service on free ports.
async fn run(settings: &[(String, String)]) -> Running {
    let mut source = Source::defaults(order::ABOUT)
        .set("grpc.listen", "127.0.0.1:0")
        .set("admin.listen", "127.0.0.1:0")
        .set("saga.reserve_wait_ms", 60_000)
        .set("saga.authorize_wait_ms", 60_000)
        .set("saga.insist_wait_ms", 60_000)
        .set("saga.tick_ms", 50);
    for (key, value) in settings {
        source = source.set(key, value);
    }
    let config: Config = load(&source).unwrap();
    order::start(config, Shutdown::for_tests()).await.unwrap()
}

impl Drop for App {
    fn drop(&mut self) {
        // In the background: the database and the vhost go by force.
        let running = self.running.clone();
        tokio::spawn(async move { running.stop().await });
    }
}

impl Person {
    /// A request with this person's token.
    pub(crate) fn says<T>(&self, message: T) -> Request<T> {
        with_token(&self.token, message)
    }
}

pub(crate) fn address() -> PostalAddress {
    PostalAddress {
        recipient: "Ada Lovelace".to_owned(),
        line1: "Hauptstr. 1".to_owned(),
        line2: String::new(),
        city: "Ulm".to_owned(),
        region: String::new(),
        postal_code: "89073".to_owned(),
        country: "DE".to_owned(),
    }
}

/// A good request to order the cart.
pub(crate) fn checkout(key: &str) -> PlaceOrderRequest {
    PlaceOrderRequest {
        idempotency_key: key.to_owned(),
        shipping_address: Some(address()),
        payment_method: "pm_card_visa".to_owned(),
        expected_total: None,
    }
}

pub(crate) fn total(order: &Order) -> kernel::Money {
    let total = order.totals.clone().unwrap().total.unwrap();
    total.try_into().unwrap()
}

/// The stable reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    Details::from_status(status).reason
}

/// The fields that a refusal names.
pub(crate) fn fields(status: &Status) -> Vec<String> {
    let fields = Details::from_status(status).fields;
    fields.into_iter().map(|(field, _)| field).collect()
}

pub(crate) fn minor(money: &Option<contracts::types::v1::Money>) -> i64 {
    money.as_ref().unwrap().minor_units
}
