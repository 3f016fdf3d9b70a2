//! The processes of one run: where each listens, and the environment that joins them. What they are is described in
//! `deploy/topology`.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;

use anyhow::{Context, Result};
use topology::{PROCESSES, Process, Value};

use crate::project::write_private;
use crate::secrets::Secrets;
use crate::servers::{Addresses, hold_port};

/// One process with its own ports and its environment.
#[derive(Clone)]
pub(crate) struct Launch {
    pub(crate) process: &'static Process,
    pub(super) port: u16,
    pub(super) admin_port: u16,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Launch {
    pub(crate) fn name(&self) -> &'static str {
        self.process.name
    }
}

/// All processes of one run.
pub(crate) struct Processes {
    pub(crate) all: Vec<Launch>,
    /// The name and the password of each database's role.
    pub(super) databases: Vec<(&'static str, String)>,
    held: Vec<TcpListener>,
}

impl Processes {
    /// Takes the default ports where they are free, others where they are not, holds them, and decides every setting.
    pub(crate) fn plan(home: &Path, servers: &Addresses) -> Result<Self> {
        let mut secrets = Secrets::load(home)?;
        let mut all = Vec::with_capacity(PROCESSES.len());
        let mut held = Vec::with_capacity(PROCESSES.len() * 2);
        let mut databases = Vec::new();
        for process in &PROCESSES {
            let (port, admin_port) = (hold_port(process.port)?, hold_port(process.admin_port)?);
            all.push(Launch {
                process,
                port: port.local_addr()?.port(),
                admin_port: admin_port.local_addr()?.port(),
                environment: BTreeMap::new(),
            });
            held.extend([port, admin_port]);
            if process.has_database() {
                let password = secrets.get(&format!("database-{}", process.name))?;
                databases.push((process.name, password));
            }
        }
        let mut processes = Self {
            all,
            databases,
            held,
        };
        processes.join(home, servers, &mut |name| secrets.get(name))?;
        Ok(processes)
    }

    /// Resolves every setting.
    fn join(
        &mut self,
        home: &Path,
        servers: &Addresses,
        secret: &mut dyn FnMut(&str) -> Result<String>,
    ) -> Result<()> {
        let ports: BTreeMap<&str, u16> = self
            .all
            .iter()
            .map(|launch| (launch.name(), launch.port))
            .collect();
        for launch in &mut self.all {
            let process = launch.process;
            let mut set = |key: &str, value: String| {
                launch.environment.insert(process.variable(key), value);
            };
            set(process.listen_key(), format!("127.0.0.1:{}", launch.port));
            set("admin.listen", format!("127.0.0.1:{}", launch.admin_port));
            for (key, value) in process.settings {
                let value = match value {
                    Value::Database => {
                        database_url(&servers.postgres, process.name, &self.databases)?
                    }
                    Value::Broker => format!("{}/%2f", servers.amqp),
                    Value::Redis => servers.redis.clone(),
                    Value::Url(name, path) => {
                        let port = ports.get(name).context("no process of that name")?;
                        format!("http://127.0.0.1:{port}{path}")
                    }
                    Value::Secret(name) => secret(name)?,
                    Value::File(name) => home.join(name).to_string_lossy().into_owned(),
                    Value::Text(text) => (*text).to_owned(),
                };
                set(key, value);
            }
        }
        Ok(())
    }

    /// Releases the ports, so that the processes can bind them.
    pub(super) fn release_ports(&mut self) {
        self.held.clear();
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.all.iter().map(Launch::name).collect()
    }

    pub(super) fn gateway_port(&self) -> u16 {
        let gateway = self.all.iter().find(|launch| launch.name() == "gateway");
        gateway.map_or(0, |launch| launch.port)
    }

    /// Writes every process's environment to a file, for `seed` and for people who run one process themselves, and the
    /// address of the broker's management pages.
    pub(super) fn save(&self, home: &Path, servers: &Addresses) -> Result<()> {
        let broker = BTreeMap::from([("RABBITMQ_API".to_owned(), servers.rabbitmq_api.clone())]);
        let all: BTreeMap<&str, _> = self
            .all
            .iter()
            .map(|launch| (launch.name(), &launch.environment))
            .chain([("rabbitmq", &broker)])
            .collect();
        write_private(
            &home.join("environment.json"),
            &serde_json::to_string_pretty(&all)?,
        )
    }
}

/// The superuser's address with the process's own role, password and database.
fn database_url(superuser: &str, name: &str, databases: &[(&str, String)]) -> Result<String> {
    let server = superuser
        .rsplit_once('@')
        .map_or(superuser, |(_, server)| server);
    let server = server.split('/').next().unwrap_or(server);
    let role = databases.iter().find(|(role, _)| *role == name);
    let (_, password) = role.with_context(|| format!("no database of {name}"))?;
    Ok(format!("postgres://{name}:{password}@{server}/{name}"))
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
