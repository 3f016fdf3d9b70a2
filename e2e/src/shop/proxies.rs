use std::collections::BTreeMap;
use std::ops::Deref;

use contracts::messages::ALL;
use testkit::{Proxy, TestDatabase, Vhost, eventually, redis, vhost};
use topology::{Process, Value};

use super::start::{FREE, migrated};
use super::{SECRET_KEY, Shop, WEBHOOK_SECRET};

/// Encrypts the keys that sign tokens.
pub(super) const SIGNING_KEYS_SECRET: &str = "the secret of the signing keys of an end-to-end test";

/// The databases, the vhost and the Redis prefix of a shop, and the proxies between its processes.
///
/// A process reaches servers and other processes only through proxies. A test cuts and restores them to
/// simulate outages.
pub struct Proxies {
    /// From catalog to the broker.
    pub catalog_broker: Proxy,
    /// From payment to the broker.
    pub payment_broker: Proxy,
    /// From payment to the provider.
    pub provider: Proxy,
    /// To the gateway, for the provider's webhooks.
    pub webhooks: Proxy,
    /// From order to the broker.
    pub order_broker: Proxy,
    /// From user to the broker.
    pub user_broker: Proxy,
    /// From user to its database.
    pub user_db: Proxy,
    /// From catalog to its database.
    pub catalog_db: Proxy,
    /// From order to its database.
    pub order_db: Proxy,
    /// From payment to its database.
    pub payment_db: Proxy,
    /// From gateway and catalog to Redis.
    pub redis: Proxy,
    /// To the RPCs of user.
    pub user: Proxy,
    /// To the RPCs of catalog.
    pub catalog: Proxy,
    /// To the RPCs of order.
    pub order: Proxy,
    /// To the RPCs of payment.
    pub payment: Proxy,
    /// The vhost on the broker.
    pub broker: Vhost,
    pub(super) databases: [(&'static str, TestDatabase); 4],
    urls: Urls,
    /// Prefix of this shop's keys in Redis.
    prefix: String,
    control_key: String,
}

/// The URLs of the servers through their proxies, by process.
struct Urls {
    databases: BTreeMap<&'static str, String>,
    brokers: BTreeMap<&'static str, String>,
    redis: String,
}

/// The parts of the servers that belong to this shop.
struct Servers {
    databases: [(&'static str, TestDatabase); 4],
    broker: Vhost,
}

impl Servers {
    async fn open() -> Self {
        let (user_db, catalog_db, order_db, payment_db, broker) = tokio::join!(
            migrated("user", user::MIGRATIONS),
            migrated("catalog", catalog::MIGRATIONS),
            migrated("order", order::MIGRATIONS),
            migrated("payment", payment::MIGRATIONS),
            vhost(),
        );
        Self {
            databases: [
                ("user", user_db),
                ("catalog", catalog_db),
                ("order", order_db),
                ("payment", payment_db),
            ],
            broker,
        }
    }
}

impl Proxies {
    /// Migrated databases, an empty vhost, and proxies that are not connected to a process yet.
    ///
    /// # Panics
    /// A server does not respond.
    pub async fn open() -> Self {
        let servers = Servers::open().await;
        let [user, catalog, order, payment] = &servers.databases;
        let urls = [user, catalog, order, payment].map(|(_, database)| database.url.clone());
        Self::to_servers(servers, urls, "").await
    }

    /// The same with own credentials: the passwords of the databases and the broker and the key of the sandbox's
    /// controls begin with `password`.
    ///
    /// # Panics
    /// A server does not respond.
    pub async fn open_with_passwords(password: &str) -> Self {
        let servers = Servers::open().await;
        let mut urls = Vec::new();
        for (service, database) in &servers.databases {
            urls.push(database.role(&format!("{password}{service}db")).await);
        }
        let urls = urls.try_into().expect("four databases");
        Self::to_servers(servers, urls, password).await
    }

    async fn to_servers(servers: Servers, databases: [String; 4], password: &str) -> Self {
        let [user_db, catalog_db, order_db, payment_db] = databases;
        let (redis_url, prefix) = redis();
        let (redis, redis_url) = Proxy::in_front_of(&format!("{redis_url}/")).await;
        let account = async |process: &str| {
            let password = format!("{password}{process}broker");
            let broker = &servers.broker;
            broker.account_with_password(process, &password).await
        };
        let gateway_broker_url = account("gateway").await;
        let (catalog_broker, catalog_broker_url) =
            Proxy::in_front_of(&account("catalog").await).await;
        let (payment_broker, payment_broker_url) =
            Proxy::in_front_of(&account("payment").await).await;
        let (order_broker, order_broker_url) = Proxy::in_front_of(&account("order").await).await;
        let (user_broker, user_broker_url) = Proxy::in_front_of(&account("user").await).await;
        let (user_db_proxy, user_db_url) = Proxy::in_front_of(&user_db).await;
        let (catalog_db_proxy, catalog_db_url) = Proxy::in_front_of(&catalog_db).await;
        let (order_db_proxy, order_db_url) = Proxy::in_front_of(&order_db).await;
        let (payment_db_proxy, payment_db_url) = Proxy::in_front_of(&payment_db).await;
        Self {
            catalog_broker,
            payment_broker,
            provider: Proxy::without_backend().await,
            webhooks: Proxy::without_backend().await,
            order_broker,
            user_broker,
            user_db: user_db_proxy,
            catalog_db: catalog_db_proxy,
            order_db: order_db_proxy,
            payment_db: payment_db_proxy,
            redis,
            user: Proxy::without_backend().await,
            catalog: Proxy::without_backend().await,
            order: Proxy::without_backend().await,
            payment: Proxy::without_backend().await,
            broker: servers.broker,
            databases: servers.databases,
            urls: Urls {
                databases: BTreeMap::from([
                    ("user", user_db_url),
                    ("catalog", catalog_db_url),
                    ("order", order_db_url),
                    ("payment", payment_db_url),
                ]),
                brokers: BTreeMap::from([
                    ("user", user_broker_url),
                    ("catalog", catalog_broker_url),
                    ("order", order_broker_url),
                    ("payment", payment_broker_url),
                    ("gateway", gateway_broker_url),
                ]),
                redis: redis_url,
            },
            prefix,
            control_key: format!("{password}{}", uuid::Uuid::now_v7().simple()),
        }
    }

    /// The random key of the sandbox's controls.
    pub fn control_key(&self) -> &str {
        &self.control_key
    }

    /// The settings of a process: those of `topology`, through this shop's proxies, and some for tests.
    ///
    /// # Panics
    /// The process does not exist.
    pub fn settings(&self, process: &str) -> Vec<(&'static str, String)> {
        let process = Process::named(process).expect("a process of the shop");
        let described = process.settings.iter();
        let described = described.map(|(key, value)| (*key, self.resolve(process.name, *value)));
        let own = [process.listen_key(), "admin.listen"].map(|key| (key, FREE.to_owned()));
        let for_tests: &[(&str, &str)] = match process.name {
            // Password hashes with less work, and many customers at one address.
            "user" => &[
                ("passwords.memory_kib", "64"),
                ("passwords.iterations", "1"),
                ("passwords.per_network", "64"),
                // A test signs staff in once.
                ("sessions.staff_access_token_s", "900"),
            ],
            "catalog" => &[("cache.key_prefix", &self.prefix)],
            "gateway" => &[("rate_limit.key_prefix", &self.prefix)],
            _ => &[],
        };
        let for_tests = for_tests
            .iter()
            .map(|(key, value)| (*key, (*value).to_owned()));
        own.into_iter().chain(described).chain(for_tests).collect()
    }

    fn resolve(&self, process: &str, value: Value) -> String {
        match value {
            Value::Database => self.urls.databases[process].clone(),
            Value::Broker => self.urls.brokers[process].clone(),
            Value::Redis => self.urls.redis.clone(),
            Value::Url(callee, path) => format!("http://{}{path}", self.to(callee).address),
            Value::Public(path) => format!("http://{}{path}", self.to("gateway").address),
            Value::Secret("provider") => SECRET_KEY.to_owned(),
            Value::Secret("webhook") => WEBHOOK_SECRET.to_owned(),
            Value::Secret("sandbox-control") => self.control_key.clone(),
            Value::Secret("signing-keys") => SIGNING_KEYS_SECRET.to_owned(),
            Value::Secret(name) => format!("the secret {name} of an end-to-end test"),
            // Empty: the sandbox keeps its state in memory.
            Value::File(_) => String::new(),
            Value::Text(text) => text.to_owned(),
        }
    }

    /// The proxy to a process.
    pub fn to(&self, process: &str) -> &Proxy {
        match process {
            "sandbox" => &self.provider,
            "user" => &self.user,
            "catalog" => &self.catalog,
            "order" => &self.order,
            "payment" => &self.payment,
            "gateway" => &self.webhooks,
            other => panic!("there is no process {other}"),
        }
    }

    /// Each service with the `postgres://` URL of its database, for a superuser.
    pub fn database_urls(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let databases = self.databases.iter();
        databases.map(|(service, database)| (*service, database.url.as_str()))
    }

    /// Waits until every process is ready, at these URLs of its admin port, and the queue of each service is bound to all
    /// messages that it receives: until then, the broker returns a command.
    ///
    /// # Panics
    /// A process is not ready, or a binding is missing, after 20 s.
    pub async fn wait_until_ready(&self, admin_urls: impl Iterator<Item = String>) {
        let http = reqwest::Client::new();
        for url in admin_urls {
            let url = format!("{url}/readyz");
            eventually(&format!("{url} is ready"), async || {
                let answer = http.get(&url).send().await.ok()?;
                answer.status().is_success().then_some(())
            })
            .await;
        }
        let mut bindings: BTreeMap<&str, usize> = BTreeMap::new();
        for queue in ALL.iter().flat_map(|message| message.consumers) {
            *bindings.entry(queue).or_default() += 1;
        }
        for (queue, count) in bindings {
            self.broker.wait_for_bindings(queue, count).await;
        }
    }

    /// Name of the vhost on the broker.
    pub fn vhost(&self) -> &str {
        &self.broker.name
    }
}

impl Deref for Shop {
    type Target = Proxies;

    fn deref(&self) -> &Proxies {
        &self.proxies
    }
}
