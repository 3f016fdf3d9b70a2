//! The processes of the shop, where each listens, and the environment that joins them.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;

use anyhow::{Context, Result};

use crate::project::write_private;
use crate::secrets::Secrets;
use crate::servers::{Addresses, hold_port};

/// One process: its name, the port it serves on, its admin port.
const PARTS: [(&str, u16, u16); 6] = [
    ("user", 50051, 9051),
    ("catalog", 50052, 9052),
    ("order", 50053, 9053),
    ("payment", 50054, 9054),
    ("sandbox", 50055, 9055),
    ("gateway", 8080, 9080),
];

/// The services with a database of their own.
const WITH_DATABASE: [&str; 4] = ["user", "catalog", "order", "payment"];

/// One process of the shop.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(super) port: u16,
    pub(super) admin: u16,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Part {
    pub(super) fn has_database(&self) -> bool {
        WITH_DATABASE.contains(&self.name)
    }

    pub(super) fn has_demo_data(&self) -> bool {
        ["user", "catalog"].contains(&self.name)
    }

    /// Sets a key of the process's configuration: `database.url`.
    fn set(&mut self, key: &str, value: impl Into<String>) {
        let name = format!("{}__{}", self.name, key.replace('.', "__")).to_uppercase();
        self.environment.insert(name, value.into());
    }
}

/// What processes share with each other or keep for themselves.
struct Keys {
    /// Seals user's signing keys.
    seal: String,
    /// Payment shows it to the provider.
    provider: String,
    /// The provider signs webhooks with it.
    webhook: String,
}

/// All processes of one run.
pub(crate) struct Topology {
    pub(crate) parts: Vec<Part>,
    passwords: Vec<(&'static str, String)>,
    held: Vec<TcpListener>,
}

impl Topology {
    /// Takes the usual ports where they are free, others where they are not, holds them, and decides every setting.
    pub(crate) fn plan(home: &Path, servers: &Addresses) -> Result<Self> {
        let mut secrets = Secrets::load(home)?;
        let mut parts = Vec::with_capacity(PARTS.len());
        let mut held = Vec::with_capacity(PARTS.len() * 2);
        for (name, port, admin) in PARTS {
            let (port, admin) = (hold_port(port)?, hold_port(admin)?);
            parts.push(Part {
                name,
                port: port.local_addr()?.port(),
                admin: admin.local_addr()?.port(),
                environment: BTreeMap::new(),
            });
            held.extend([port, admin]);
        }
        let passwords = WITH_DATABASE.map(|name| {
            secrets
                .get(&format!("database-{name}"))
                .map(|value| (name, value))
        });
        let passwords = passwords.into_iter().collect::<Result<Vec<_>>>()?;
        let mut topology = Self {
            parts,
            passwords,
            held,
        };
        let keys = Keys {
            seal: secrets.get("signing-keys")?,
            provider: secrets.get("provider")?,
            webhook: secrets.get("webhook")?,
        };
        topology.join(home, servers, &keys);
        Ok(topology)
    }

    fn join(&mut self, home: &Path, servers: &Addresses, keys: &Keys) {
        let [user, catalog, order, payment, sandbox, gateway] =
            ["user", "catalog", "order", "payment", "sandbox", "gateway"]
                .map(|name| self.url(name));
        let databases = self.database_urls(&servers.postgres);
        let broker = format!("{}/%2f", servers.amqp);
        for part in &mut self.parts {
            let is_http = ["gateway", "sandbox"].contains(&part.name);
            let listen = if is_http {
                "http.listen"
            } else {
                "grpc.listen"
            };
            part.set(listen, format!("127.0.0.1:{}", part.port));
            part.set("admin.listen", format!("127.0.0.1:{}", part.admin));
            if let Some(database) = databases.get(part.name) {
                part.set("database.url", database);
            }
            if part.name != "sandbox" {
                part.set("broker.url", &broker);
            }
            match part.name {
                "user" => {
                    part.set("signing_keys.encryption_key", &keys.seal);
                    part.set("seed.demo_accounts", "true");
                }
                "catalog" => {
                    part.set("cache.redis_url", &servers.redis);
                    part.set("upstreams.user.url", &user);
                }
                "order" => {
                    part.set("upstreams.catalog.url", &catalog);
                    part.set("upstreams.user.url", &user);
                }
                "payment" => {
                    part.set("upstreams.user.url", &user);
                    part.set("provider.url", &sandbox);
                    part.set("provider.secret_key", &keys.provider);
                    part.set(
                        "provider.return_url",
                        format!("{gateway}/orders/{{order_id}}"),
                    );
                    part.set("webhooks.secrets", &keys.webhook);
                }
                "sandbox" => {
                    part.set("provider.secret_key", &keys.provider);
                    let state = home.join("sandbox.redb");
                    part.set("state.path", state.to_string_lossy());
                    part.set("webhooks.url", format!("{gateway}/webhooks/stripe"));
                    part.set("webhooks.secret", &keys.webhook);
                }
                "gateway" => {
                    part.set("rate_limit.redis_url", &servers.redis);
                    part.set("upstreams.user.url", &user);
                    part.set("upstreams.catalog.url", &catalog);
                    part.set("upstreams.order.url", &order);
                    part.set("upstreams.payment.url", &payment);
                }
                _ => {}
            }
        }
    }

    fn url(&self, name: &str) -> String {
        let port = self
            .parts
            .iter()
            .find(|part| part.name == name)
            .map_or(0, |part| part.port);
        format!("http://127.0.0.1:{port}")
    }

    /// The superuser's address with each service's own role, password and database.
    fn database_urls(&self, superuser: &str) -> BTreeMap<&'static str, String> {
        let server = superuser
            .rsplit_once('@')
            .map_or(superuser, |(_, server)| server);
        let server = server.split('/').next().unwrap_or(server);
        let url = |(name, password): &(&'static str, String)| {
            (
                *name,
                format!("postgres://{name}:{password}@{server}/{name}"),
            )
        };
        self.passwords.iter().map(url).collect()
    }

    /// Lets the ports go: now the processes take them.
    pub(super) fn let_ports_go(&mut self) {
        self.held.clear();
    }

    /// The name and the password of each database's role.
    pub(super) fn databases(&self) -> &[(&'static str, String)] {
        &self.passwords
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.parts.iter().map(|part| part.name).collect()
    }

    pub(super) fn gateway_port(&self) -> u16 {
        self.parts
            .iter()
            .find(|part| part.name == "gateway")
            .map_or(0, |part| part.port)
    }

    /// Writes down every process's environment, for `seed` and for people who run one process themselves, and where the
    /// broker's pages are, for people who look for a message.
    pub(super) fn save(&self, home: &Path, servers: &Addresses) -> Result<()> {
        let broker = BTreeMap::from([("RABBITMQ_API".to_owned(), servers.rabbitmq_api.clone())]);
        let parts = self.parts.iter();
        let all: BTreeMap<&str, _> = parts
            .map(|part| (part.name, &part.environment))
            .chain([("rabbitmq", &broker)])
            .collect();
        write_private(
            &home.join("environment.json"),
            &serde_json::to_string_pretty(&all)?,
        )
    }
}

/// The environment of one process of the shop that runs in `home`.
pub(crate) fn environment_of(home: &Path, name: &str) -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(home.join("environment.json"))
        .context("the shop has not been started yet")?;
    let mut all: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(&text)?;
    all.remove(name)
        .with_context(|| format!("no environment of {name}"))
}

#[cfg(test)]
mod tests;
