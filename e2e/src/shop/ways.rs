use std::collections::BTreeMap;
use std::ops::Deref;

use testkit::{Proxy, TestDatabase, Vhost, redis, vhost};
use topology::{Process, Value};

use super::start::{FREE, migrated};
use super::{SECRET_KEY, Shop, WEBHOOK_SECRET};

/// What a shop's processes stand on, and every way between them.
///
/// Everybody reaches everybody else through proxies, so that a test can take any of them away and
/// give it back. A service without its ways is as good as dead; nothing else can kill it.
pub struct Ways {
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
    /// User's way to the broker.
    pub user_broker: Proxy,
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
    /// The broker itself.
    pub broker: Vhost,
    pub(super) databases: [(&'static str, TestDatabase); 4],
    urls: Urls,
    /// What this shop's keys in Redis begin with.
    prefix: String,
}

/// The URLs of the servers through their proxies, by process.
struct Urls {
    databases: BTreeMap<&'static str, String>,
    brokers: BTreeMap<&'static str, String>,
    redis: String,
}

/// Parts of the servers that are this shop's own.
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

impl Ways {
    /// Migrated databases, an empty virtual host, and proxies that lead to no process yet.
    ///
    /// # Panics
    /// When a server does not answer.
    pub async fn open() -> Self {
        let servers = Servers::open().await;
        let [user, catalog, order, payment] = &servers.databases;
        let urls = [user, catalog, order, payment].map(|(_, database)| database.url.clone());
        let broker = servers.broker.url.clone();
        Self::to_servers(servers, urls, &broker).await
    }

    /// The same, where each process has credentials of its own: `password` and its name.
    ///
    /// # Panics
    /// When a server does not answer.
    pub async fn open_with_passwords(password: &str) -> Self {
        let servers = Servers::open().await;
        let mut urls = Vec::new();
        for (service, database) in &servers.databases {
            urls.push(database.role(&format!("{password}{service}db")).await);
        }
        let urls = urls.try_into().expect("four databases");
        let broker = servers.broker.user(&format!("{password}broker")).await;
        Self::to_servers(servers, urls, &broker).await
    }

    async fn to_servers(servers: Servers, databases: [String; 4], broker: &str) -> Self {
        let [user_db, catalog_db, order_db, payment_db] = databases;
        let (redis_url, prefix) = redis();
        let (redis, redis_url) = Proxy::in_front_of(&format!("{redis_url}/")).await;
        let (catalog_broker, catalog_broker_url) = Proxy::in_front_of(broker).await;
        let (payment_broker, payment_broker_url) = Proxy::in_front_of(broker).await;
        let (order_broker, order_broker_url) = Proxy::in_front_of(broker).await;
        let (user_broker, user_broker_url) = Proxy::in_front_of(broker).await;
        let (user_way, user_db_url) = Proxy::in_front_of(&user_db).await;
        let (catalog_way, catalog_db_url) = Proxy::in_front_of(&catalog_db).await;
        let (order_way, order_db_url) = Proxy::in_front_of(&order_db).await;
        let (payment_way, payment_db_url) = Proxy::in_front_of(&payment_db).await;
        Self {
            catalog_broker,
            payment_broker,
            provider: Proxy::ahead().await,
            webhooks: Proxy::ahead().await,
            order_broker,
            user_broker,
            user_db: user_way,
            catalog_db: catalog_way,
            order_db: order_way,
            payment_db: payment_way,
            redis,
            user: Proxy::ahead().await,
            catalog: Proxy::ahead().await,
            order: Proxy::ahead().await,
            payment: Proxy::ahead().await,
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
                    ("gateway", broker.to_owned()),
                ]),
                redis: redis_url,
            },
            prefix,
        }
    }

    /// The settings of a process: what `topology` describes, through this shop's proxies, and what suits tests.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn values(&self, process: &str) -> Vec<(&'static str, String)> {
        let process = Process::named(process).expect("a process of the shop");
        let described = process.settings.iter();
        let described = described.map(|(key, value)| (*key, self.resolve(process.name, *value)));
        let own = [process.listen_key(), "admin.listen"].map(|key| (key, FREE.to_owned()));
        let for_tests: &[(&str, &str)] = match process.name {
            // Cheap passwords: these tests are about the shop.
            "user" => &[
                ("passwords.memory_kib", "64"),
                ("passwords.iterations", "1"),
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
            Value::Secret("provider") => SECRET_KEY.to_owned(),
            Value::Secret("webhook") => WEBHOOK_SECRET.to_owned(),
            Value::Secret(name) => format!("the secret {name} of an end-to-end test"),
            // In memory.
            Value::File(_) => String::new(),
            Value::Text(text) => text.to_owned(),
        }
    }

    /// The proxy through which others reach a process.
    pub fn to(&self, process: &str) -> &Proxy {
        match process {
            "sandbox" => &self.provider,
            "user" => &self.user,
            "catalog" => &self.catalog,
            "order" => &self.order,
            "payment" => &self.payment,
            "gateway" => &self.webhooks,
            other => panic!("nobody is called {other}"),
        }
    }

    /// Services with the `postgres://` URLs of their databases, for a superuser.
    pub fn database_urls(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let databases = self.databases.iter();
        databases.map(|(service, database)| (*service, database.url.as_str()))
    }

    /// Name of the virtual host on the broker.
    pub fn vhost(&self) -> &str {
        &self.broker.name
    }
}

impl Deref for Shop {
    type Target = Ways;

    fn deref(&self) -> &Ways {
        &self.ways
    }
}
