use std::future::Future;

use chassis::{
    Running, Shutdown,
    config::{Source, load},
};
use persistence::EmbeddedMigrations;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use testkit::{Proxy, TestDatabase, Vhost, database, eventually, redis, vhost};
use tokio_postgres::{Client, NoTls};

use crate::{Customer, Money};

const SECRET_KEY: &str = "sk_test_e2e";
const STAFF: (&str, &str) = ("staff@example.com", "correct-horse-battery-staff");

/// Configuration that a test wants otherwise: `("order", "saga.tick_ms", "50")`.
pub type Settings<'a> = &'a [(&'static str, &'static str, &'static str)];

/// The five processes and the sandbox, each on its own ports and its own part of the servers.
///
/// Catalog and payment reach the broker through proxies, and payment its provider, so that a test
/// can take any of these away and give it back.
pub struct Shop {
    /// Catalog's way to the broker.
    pub catalog_broker: Proxy,
    /// Payment's way to the broker.
    pub payment_broker: Proxy,
    /// Payment's way to the provider.
    pub provider: Proxy,
    /// Order's way to the broker.
    pub order_broker: Proxy,
    gateway: Running,
    sandbox: Running,
    all: Vec<Running>,
    databases: [(&'static str, TestDatabase); 4],
    _vhost: Vhost,
}

impl Shop {
    /// An empty shop with one shelf, "goods".
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// The same, with some things configured otherwise.
    ///
    /// # Panics
    /// When a process does not start.
    pub async fn open_with(settings: Settings<'_>) -> Self {
        let (user_db, catalog_db, order_db, payment_db, vhost) = tokio::join!(
            migrated("user", user::MIGRATIONS),
            migrated("catalog", catalog::MIGRATIONS),
            migrated("order", order::MIGRATIONS),
            migrated("payment", payment::MIGRATIONS),
            vhost(),
        );
        let (redis_url, prefix) = redis();
        let broker = Authority::of(&vhost.url);
        let catalog_broker = Proxy::to(broker.host.clone()).await;
        let payment_broker = Proxy::to(broker.host.clone()).await;
        let order_broker = Proxy::to(broker.host.clone()).await;

        let sandbox = process(
            sandbox::start,
            "sandbox",
            sandbox::config::DEFAULTS,
            settings,
            &[
                ("http.listen", FREE),
                ("admin.listen", FREE),
                ("provider.secret_key", SECRET_KEY),
            ],
        )
        .await;
        let provider = Proxy::to(sandbox.listen.to_string()).await;

        let user_values = [
            ("grpc.listen", FREE),
            ("admin.listen", FREE),
            ("database.url", user_db.url.as_str()),
            (
                "signing_keys.encryption_key",
                "an encryption key of an e2e test, long",
            ),
            ("seed.demo_accounts", "true"),
            // Cheap passwords: these tests are about the shop.
            ("passwords.memory_kib", "64"),
            ("passwords.iterations", "1"),
        ];
        let user_source = source("user", user::config::DEFAULTS, settings, &user_values);
        user::seed(configuration(&user_source))
            .await
            .expect("demo accounts");
        let user = run(user::start, &user_source).await;
        let user_url = user.url();
        let catalog = process(
            catalog::start,
            "catalog",
            catalog::config::DEFAULTS,
            settings,
            &[
                ("grpc.listen", FREE),
                ("admin.listen", FREE),
                ("database.url", &catalog_db.url),
                ("broker.url", &broker.through(&catalog_broker)),
                ("cache.redis_url", &redis_url),
                ("cache.key_prefix", &prefix),
                ("upstreams.user.url", &user_url),
            ],
        )
        .await;
        let order = process(
            order::start,
            "order",
            order::config::DEFAULTS,
            settings,
            &[
                ("grpc.listen", FREE),
                ("admin.listen", FREE),
                ("database.url", &order_db.url),
                ("broker.url", &broker.through(&order_broker)),
                ("upstreams.user.url", &user_url),
                ("upstreams.catalog.url", &catalog.url()),
            ],
        )
        .await;
        let payment = process(
            payment::start,
            "payment",
            payment::config::DEFAULTS,
            settings,
            &[
                ("grpc.listen", FREE),
                ("admin.listen", FREE),
                ("database.url", &payment_db.url),
                ("broker.url", &broker.through(&payment_broker)),
                ("upstreams.user.url", &user_url),
                ("provider.url", &format!("http://{}", provider.address)),
                ("provider.secret_key", SECRET_KEY),
            ],
        )
        .await;
        let gateway = process(
            gateway::start,
            "gateway",
            gateway::config::DEFAULTS,
            settings,
            &[
                ("http.listen", FREE),
                ("admin.listen", FREE),
                ("broker.url", &vhost.url),
                ("rate_limit.redis_url", &redis_url),
                ("rate_limit.key_prefix", &prefix),
                ("upstreams.user.url", &user_url),
                ("upstreams.catalog.url", &catalog.url()),
                ("upstreams.order.url", &order.url()),
                ("upstreams.payment.url", &payment.url()),
            ],
        )
        .await;

        let shop = Self {
            catalog_broker,
            payment_broker,
            provider,
            order_broker,
            all: vec![
                gateway.clone(),
                order,
                payment,
                catalog,
                user,
                sandbox.clone(),
            ],
            gateway,
            sandbox,
            databases: [
                ("user", user_db),
                ("catalog", catalog_db),
                ("order", order_db),
                ("payment", payment_db),
            ],
            _vhost: vhost,
        };
        shop.wait_until_ready().await;
        let shelf = json!({"slug": "goods", "name": "Goods", "description": "", "position": 1});
        shop.staff().await.post("/categories", shelf).await.ok();
        shop
    }

    /// A new visitor.
    pub fn guest(&self) -> Customer {
        Customer::guest(self.gateway.url())
    }

    /// A new customer, signed in.
    pub async fn customer(&self) -> Customer {
        self.guest().register().await
    }

    /// The demo account of the staff, signed in.
    pub async fn staff(&self) -> Customer {
        self.guest().sign_in(STAFF.0, STAFF.1).await
    }

    /// Puts a product on the shelf: its SKU, price in cents and units on hand.
    pub async fn product(&self, sku: &str, price: i64, on_hand: u32) {
        let product = json!({
            "sku": sku, "slug": sku.to_lowercase(), "name": format!("Product {sku}"),
            "description": "", "price": {"minor_units": price, "currency": "EUR"},
            "category": "goods", "attributes": {}, "images": [], "on_hand": on_hand,
        });
        self.staff().await.post("/products", product).await.ok();
    }

    /// Units on hand and reserved.
    pub async fn stock(&self, sku: &str) -> (i64, i64) {
        let stock = self
            .staff()
            .await
            .get(&format!("/products/{sku}/stock"))
            .await;
        let units = |name: &str| stock[name].as_i64().expect("a count");
        (units("on_hand"), units("reserved"))
    }

    /// Waits until the stock is so.
    pub async fn wait_for_stock(&self, sku: &str, on_hand: i64, reserved: i64) {
        let wanted = (on_hand, reserved);
        let what = format!("{sku} has {on_hand} on hand, {reserved} reserved");
        eventually(&what, async || {
            (self.stock(sku).await == wanted).then_some(())
        })
        .await;
    }

    /// The ledger's entries of an order, as (kind, account, cents).
    pub async fn ledger(&self, order: &str) -> Vec<(String, String, Money)> {
        let ledger = self
            .staff()
            .await
            .get(&format!("/orders/{order}/ledger"))
            .await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let entries = ledger["entries"].as_array().expect("entries");
        let entry = |entry: &Value| {
            (
                text(&entry["kind"]),
                text(&entry["account"]),
                Money::of(&entry["amount"]),
            )
        };
        entries.iter().map(entry).collect()
    }

    /// How the provider sees its payment intents: (status, cents received, cents capturable).
    pub async fn intents(&self) -> Vec<(String, i64, i64)> {
        let url = format!("{}/v1/payment_intents?limit=100", self.sandbox.url());
        let request = reqwest::Client::new().get(url).bearer_auth(SECRET_KEY);
        let list: Value = request
            .send()
            .await
            .expect("answers")
            .json()
            .await
            .expect("the sandbox speaks JSON");
        let intent = |intent: &Value| {
            (
                intent["status"].as_str().expect("a status").to_owned(),
                intent["amount_received"].as_i64().expect("an amount"),
                intent["amount_capturable"].as_i64().expect("an amount"),
            )
        };
        list["data"]
            .as_array()
            .expect("a list")
            .iter()
            .map(intent)
            .collect()
    }

    /// Tells the provider to misbehave.
    pub async fn misbehave(&self, fault: &str, how: Value) {
        let url = format!("{}/_sandbox/{fault}", self.sandbox.url());
        let request = reqwest::Client::new().request(Method::POST, url).json(&how);
        let answer = request.send().await.expect("answers");
        assert!(answer.status().is_success(), "{fault}: {}", answer.status());
    }

    /// A connection to a service's database, as a superuser: to look, never to touch.
    pub async fn database(&self, service: &str) -> Client {
        let (_, database) = self
            .databases
            .iter()
            .find(|(name, _)| *name == service)
            .expect("one of the four services");
        let (client, connection) = tokio_postgres::connect(&database.url, NoTls)
            .await
            .expect("connects");
        tokio::spawn(connection);
        client
    }

    /// One number from a service's database.
    pub async fn count(&self, service: &str, sql: &str) -> i64 {
        let row = self
            .database(service)
            .await
            .query_one(sql, &[])
            .await
            .expect("one row");
        row.get(0)
    }

    /// Waits until no message is under way and no saga is open: outboxes empty, nothing reserved.
    pub async fn wait_until_quiet(&self) {
        for service in ["catalog", "order", "payment"] {
            eventually(&format!("{service}'s outbox is empty"), async || {
                let left = self.count(service, "SELECT count(*) FROM outbox").await;
                (left == 0).then_some(())
            })
            .await;
        }
    }

    async fn wait_until_ready(&self) {
        let http = reqwest::Client::new();
        for process in &self.all {
            let url = format!("{}/readyz", process.admin_url());
            eventually(&format!("{url} is ready"), async || {
                let answer = http.get(&url).send().await.ok()?;
                answer.status().is_success().then_some(())
            })
            .await;
        }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        for process in &self.all {
            process.begin_stop();
        }
    }
}

/// Any free port of the loopback interface.
const FREE: &str = "127.0.0.1:0";

async fn migrated(service: &str, migrations: EmbeddedMigrations) -> TestDatabase {
    database(service, async |url| {
        persistence::migrate(&url.into(), migrations)
            .await
            .map(drop)
    })
    .await
}

/// The broker's address in the parts that a proxy changes.
struct Authority {
    before: String,
    host: String,
    after: String,
}

impl Authority {
    fn of(url: &str) -> Self {
        let (before, rest) = url.rsplit_once('@').expect("user and password in the URL");
        let (host, after) = rest.split_once('/').expect("a virtual host in the URL");
        Self {
            before: before.to_owned(),
            host: host.to_owned(),
            after: after.to_owned(),
        }
    }

    fn through(&self, proxy: &Proxy) -> String {
        format!("{}@{}/{}", self.before, proxy.address, self.after)
    }
}

fn source(
    name: &'static str,
    defaults: &'static str,
    settings: Settings<'_>,
    values: &[(&str, &str)],
) -> Source {
    let mut source = Source::defaults(name, defaults);
    for (key, value) in values {
        source = source.set(key, value);
    }
    for (_, key, value) in settings.iter().filter(|(process, ..)| *process == name) {
        source = source.set(key, value);
    }
    source
}

fn configuration<C: DeserializeOwned>(source: &Source) -> C {
    load(source).unwrap_or_else(|error| panic!("{error}"))
}

async fn run<C: DeserializeOwned, F: Future<Output = anyhow::Result<Running>>>(
    start: impl FnOnce(C, Shutdown) -> F,
    source: &Source,
) -> Running {
    match start(configuration(source), Shutdown::for_tests()).await {
        Ok(running) => running,
        Err(error) => panic!("a process does not start: {error:#}"),
    }
}

async fn process<C: DeserializeOwned, F: Future<Output = anyhow::Result<Running>>>(
    start: impl FnOnce(C, Shutdown) -> F,
    name: &'static str,
    defaults: &'static str,
    settings: Settings<'_>,
    values: &[(&str, &str)],
) -> Running {
    run(start, &source(name, defaults, settings, values)).await
}
