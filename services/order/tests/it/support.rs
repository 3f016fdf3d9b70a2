pub(crate) mod catalog;
mod orders;
pub(crate) mod participants;

use chassis::config::{Source, load};
use chassis::status::Details;
use chassis::{Running, Shutdown};
use contracts::order::v1::cart_service_client::CartServiceClient;
use contracts::order::v1::discount_service_client::DiscountServiceClient;
use contracts::order::v1::order_service_client::OrderServiceClient;
use contracts::order::v1::return_service_client::ReturnServiceClient;
use contracts::order::v1::saga_service_client::SagaServiceClient;
use kernel::UserId;
use messaging::{Broker, BrokerConfig};
use order::Config;
use persistence::{Database, DatabaseConfig};
use testkit::{Issuer, Proxy, TestDatabase, Vhost, with_token};
use tonic::transport::Channel;
use tonic::{Request, Status};

pub(crate) use orders::{address, checkout, excluded, lines, total, unsellable};

use catalog::Catalog;
use participants::Participants;

/// The service with its servers and fakes, for one test.
pub(crate) struct App {
    pub(crate) carts: CartServiceClient<Channel>,
    pub(crate) orders: OrderServiceClient<Channel>,
    pub(crate) returns: ReturnServiceClient<Channel>,
    pub(crate) sagas: SagaServiceClient<Channel>,
    pub(crate) discounts: DiscountServiceClient<Channel>,
    pub(crate) catalog: Catalog,
    pub(crate) participants: Participants,
    pub(crate) issuer: Issuer,
    running: Running,
    settings: Vec<(String, String)>,
    /// The proxy between the service and its database.
    pub(crate) postgres: Proxy,
    /// The proxy between the service and its broker.
    pub(crate) rabbitmq: Proxy,
    database: TestDatabase,
    vhost: Vhost,
}

/// A signed-in account.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    token: String,
}

impl App {
    /// With deadlines that no test reaches.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these values in the configuration.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let migrate = async |url: String| {
            persistence::migrate(
                &persistence::DatabaseConfig::at(url.into()),
                order::MIGRATIONS,
            )
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
        let (rabbitmq, broker_url) = Proxy::in_front_of(&vhost.account("order").await).await;
        let own = [
            ("database.url", database_url),
            ("broker.url", broker_url),
            ("upstreams.catalog.url", catalog.url.clone()),
            ("upstreams.user.url", issuer.url().to_owned()),
        ];
        settings.extend(own.map(|(key, value)| (key.to_owned(), value)));
        let running = run(&settings).await;
        vhost.wait_for_bindings("order.replies", 14).await;
        let code = "INSERT INTO discount_codes (code, basis_points, valid_from)
                    VALUES ('WELCOME10', 1000, '2026-01-01')";
        database.execute(code).await.unwrap();
        let channel = Channel::from_shared(running.url()).unwrap().connect_lazy();
        Self {
            carts: CartServiceClient::new(channel.clone()),
            orders: OrderServiceClient::new(channel.clone()),
            returns: ReturnServiceClient::new(channel.clone()),
            sagas: SagaServiceClient::new(channel.clone()),
            discounts: DiscountServiceClient::new(channel),
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

    /// Another replica on the same servers.
    pub(crate) async fn replica(&self) -> Running {
        run(&self.settings).await
    }

    /// Another replica, with separate proxies to its servers. Cutting both has the effect of a crash.
    pub(crate) async fn replica_with_proxies(&self) -> (Running, [Proxy; 2]) {
        let (postgres, database_url) = Proxy::in_front_of(&self.database.url).await;
        let account = self.vhost.account("order").await;
        let (rabbitmq, broker_url) = Proxy::in_front_of(&account).await;
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

    /// The same person as staff.
    pub(crate) fn as_staff(&self, person: &Person) -> Person {
        Person {
            id: person.id,
            token: self.issuer.token(person.id, "staff"),
        }
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

    /// The exported value of a counter or gauge without labels.
    pub(crate) async fn metric(&self, name: &str) -> Option<String> {
        let text = testkit::scrape(&self.admin_url()).await;
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        let found = lines.find(|(key, _)| *key == name);
        found.map(|(_, value)| value.to_owned())
    }

    /// The number of dead letters.
    pub(crate) async fn dead_letters(&self) -> usize {
        let broker = Broker::new(&BrokerConfig::at(self.broker_url().into())).unwrap();
        let listed = broker.dead_letters("order.replies").list(1_000).await;
        listed.unwrap().len()
    }

    /// Runs statements on the service's database.
    pub(crate) async fn sql(&self, statements: &str) {
        self.database.execute(statements).await.unwrap();
    }

    /// The number of rows of a table that match a condition.
    pub(crate) async fn rows(&self, table: &str, condition: &str) -> i64 {
        let from = format!("{table} WHERE {condition}");
        self.database.count(&from).await
    }

    /// The text that a query returns as `value`.
    pub(crate) async fn text(&self, select: &str) -> String {
        self.database.text(select).await
    }

    /// A separate session on the service's database.
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
        .set("tokens.secrets", testkit::TOKEN_SECRET)
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
        // In the background: the database and the vhost are dropped by force.
        let running = self.running.clone();
        tokio::spawn(async move { running.stop().await });
    }
}

impl Person {
    /// A request with the token of this account.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        with_token(&self.token, message)
    }
}

/// The reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    Details::from_status(status).reason
}

/// The invalid fields that a refusal lists.
pub(crate) fn fields(status: &Status) -> Vec<String> {
    let fields = Details::from_status(status).fields;
    fields.into_iter().map(|(field, _)| field).collect()
}

pub(crate) fn minor(money: &Option<contracts::types::v1::Money>) -> i64 {
    money.as_ref().unwrap().minor_units
}
