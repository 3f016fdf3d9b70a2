use chassis::Running;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Proxy, TestDatabase, Vhost, eventually, redis, vhost};

use crate::Customer;

mod addresses;
mod bank;
mod look;
mod start;

use start::{FREE, configuration, migrated, process, run, source};

const SECRET_KEY: &str = "sk_test_e2e";
const WEBHOOK_SECRET: &str = "whsec_e2e";
const STAFF: (&str, &str) = ("staff@example.com", "correct-horse-battery-staff");

/// Configuration that a test wants otherwise: `("order", "saga.tick_ms", "50")`.
pub type Settings<'a> = &'a [(&'static str, &'static str, &'static str)];

/// The five processes and the sandbox, each on its own ports and its own part of the servers.
///
/// Everybody reaches everybody else through proxies, so that a test can take any of them away and
/// give it back. A service without its ways is as good as dead; nothing else can kill it.
pub struct Shop {
    /// Catalog's way to the broker.
    pub catalog_broker: Proxy,
    /// Payment's way to the broker.
    pub payment_broker: Proxy,
    /// Payment's way to the provider.
    pub provider: Proxy,
    /// The provider's way to the gateway, for its webhooks.
    pub webhooks: Proxy,
    /// Order's way to the broker.
    pub order_broker: Proxy,
    /// User's way to its database.
    pub user_db: Proxy,
    /// Catalog's way to its database.
    pub catalog_db: Proxy,
    /// Order's way to its database.
    pub order_db: Proxy,
    /// Payment's way to its database.
    pub payment_db: Proxy,
    /// The way to Redis, of all who use it.
    pub redis: Proxy,
    /// The way to user's RPCs.
    pub user: Proxy,
    /// The way to catalog's RPCs.
    pub catalog: Proxy,
    /// The way to order's RPCs.
    pub order: Proxy,
    /// The way to payment's RPCs.
    pub payment: Proxy,
    gateway: Running,
    sandbox: Running,
    all: Vec<Running>,
    databases: [(&'static str, TestDatabase); 4],
    vhost: Vhost,
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
        // Boxed: the start of eleven things is a large future.
        Box::pin(Self::opened(settings)).await
    }

    async fn opened(settings: Settings<'_>) -> Self {
        let (user_db, catalog_db, order_db, payment_db, vhost) = tokio::join!(
            migrated("user", user::MIGRATIONS),
            migrated("catalog", catalog::MIGRATIONS),
            migrated("order", order::MIGRATIONS),
            migrated("payment", payment::MIGRATIONS),
            vhost(),
        );
        let (redis_url, prefix) = redis();
        let (redis, redis_url) = Proxy::in_front_of(&format!("{redis_url}/")).await;
        let (catalog_broker, catalog_broker_url) = Proxy::in_front_of(&vhost.url).await;
        let (payment_broker, payment_broker_url) = Proxy::in_front_of(&vhost.url).await;
        let (order_broker, order_broker_url) = Proxy::in_front_of(&vhost.url).await;
        let (user_way, user_db_url) = Proxy::in_front_of(&user_db.url).await;
        let (catalog_way, catalog_db_url) = Proxy::in_front_of(&catalog_db.url).await;
        let (order_way, order_db_url) = Proxy::in_front_of(&order_db.url).await;
        let (payment_way, payment_db_url) = Proxy::in_front_of(&payment_db.url).await;

        let webhooks = Proxy::ahead().await;
        let sandbox = process(
            sandbox::start,
            "sandbox",
            sandbox::config::DEFAULTS,
            settings,
            &[
                ("http.listen", FREE),
                ("admin.listen", FREE),
                ("provider.secret_key", SECRET_KEY),
                (
                    "webhooks.url",
                    &format!("http://{}/webhooks/stripe", webhooks.address),
                ),
                ("webhooks.secret", WEBHOOK_SECRET),
            ],
        )
        .await;
        let provider = Proxy::to(sandbox.listen.to_string()).await;

        let user_values = [
            ("grpc.listen", FREE),
            ("admin.listen", FREE),
            ("database.url", user_db_url.as_str()),
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
        let (user_rpcs, user_url) = way(&user).await;
        let catalog = process(
            catalog::start,
            "catalog",
            catalog::config::DEFAULTS,
            settings,
            &[
                ("grpc.listen", FREE),
                ("admin.listen", FREE),
                ("database.url", &catalog_db_url),
                ("broker.url", &catalog_broker_url),
                ("cache.redis_url", &redis_url),
                ("cache.key_prefix", &prefix),
                ("upstreams.user.url", &user_url),
            ],
        )
        .await;
        let (catalog_rpcs, catalog_url) = way(&catalog).await;
        let order = process(
            order::start,
            "order",
            order::config::DEFAULTS,
            settings,
            &[
                ("grpc.listen", FREE),
                ("admin.listen", FREE),
                ("database.url", &order_db_url),
                ("broker.url", &order_broker_url),
                ("upstreams.user.url", &user_url),
                ("upstreams.catalog.url", &catalog_url),
            ],
        )
        .await;
        let (order_rpcs, order_url) = way(&order).await;
        let payment = process(
            payment::start,
            "payment",
            payment::config::DEFAULTS,
            settings,
            &[
                ("grpc.listen", FREE),
                ("admin.listen", FREE),
                ("database.url", &payment_db_url),
                ("broker.url", &payment_broker_url),
                ("upstreams.user.url", &user_url),
                ("provider.url", &format!("http://{}", provider.address)),
                ("provider.secret_key", SECRET_KEY),
                ("webhooks.secrets", WEBHOOK_SECRET),
            ],
        )
        .await;
        let (payment_rpcs, payment_url) = way(&payment).await;
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
                ("upstreams.catalog.url", &catalog_url),
                ("upstreams.order.url", &order_url),
                ("upstreams.payment.url", &payment_url),
            ],
        )
        .await;

        webhooks.lead_to(gateway.listen.to_string());

        let shop = Self {
            catalog_broker,
            payment_broker,
            provider,
            webhooks,
            order_broker,
            user_db: user_way,
            catalog_db: catalog_way,
            order_db: order_way,
            payment_db: payment_way,
            redis,
            user: user_rpcs,
            catalog: catalog_rpcs,
            order: order_rpcs,
            payment: payment_rpcs,
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
            vhost,
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

    /// Tells the provider to misbehave.
    pub async fn misbehave(&self, fault: &str, how: Value) {
        let url = format!("{}/_sandbox/{fault}", self.sandbox.url());
        let request = reqwest::Client::new().request(Method::POST, url).json(&how);
        let answer = request.send().await.expect("answers");
        assert!(answer.status().is_success(), "{fault}: {}", answer.status());
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

/// A proxy to a process's RPCs, and the URL that leads through it.
async fn way(process: &Running) -> (Proxy, String) {
    let proxy = Proxy::to(process.listen.to_string()).await;
    let url = format!("http://{}", proxy.address);
    (proxy, url)
}
