//! Decides the ports and the environment of each process of a run. `deploy/topology` describes the processes.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;

use anyhow::{Context, Result};
use topology::{PROCESSES, Process, Value};

use super::databases::DatabasePlan;
use crate::project::write_private;
use crate::secrets::Secrets;
use crate::servers::{Addresses, broker_secret_of, hold_port};

/// A process with its ports and environment.
#[derive(Clone)]
pub(crate) struct ProcessPlan {
    pub(crate) process: &'static Process,
    pub(super) port: u16,
    pub(super) admin_port: u16,
    pub(crate) environment: BTreeMap<String, String>,
    /// What a job that changes the schema has instead: the URL of the database's owner.
    pub(super) owner_environment: BTreeMap<String, String>,
}

impl ProcessPlan {
    pub(crate) fn name(&self) -> &'static str {
        self.process.name
    }
}

/// All processes of one run.
pub(crate) struct Processes {
    pub(crate) all: Vec<ProcessPlan>,
    pub(super) databases: Vec<DatabasePlan>,
    held_ports: Vec<TcpListener>,
}

impl Processes {
    /// Reserves the default ports, or free ones instead of those in use, and resolves every setting.
    pub(crate) fn plan(home: &Path, servers: &Addresses) -> Result<Self> {
        let mut secrets = Secrets::load(home)?;
        let mut all = Vec::with_capacity(PROCESSES.len());
        let mut held = Vec::with_capacity(PROCESSES.len() * 2);
        let mut databases = Vec::new();
        for process in &PROCESSES {
            let (port, admin_port) = (hold_port(process.port)?, hold_port(process.admin_port)?);
            all.push(ProcessPlan {
                process,
                port: port.local_addr()?.port(),
                admin_port: admin_port.local_addr()?.port(),
                environment: BTreeMap::new(),
                owner_environment: BTreeMap::new(),
            });
            held.extend([port, admin_port]);
            if process.has_database() {
                databases.push(DatabasePlan {
                    service: process.name,
                    password: secrets.get(&format!("database-{}", process.name))?,
                    owner_password: secrets.get(&format!("database-{}-owner", process.name))?,
                });
            }
        }
        let mut processes = Self {
            all,
            databases,
            held_ports: held,
        };
        processes.resolve_settings(home, servers, &mut |name| secrets.get(name))?;
        Ok(processes)
    }

    /// Resolves every setting.
    fn resolve_settings(
        &mut self,
        home: &Path,
        servers: &Addresses,
        secret: &mut dyn FnMut(&str) -> Result<String>,
    ) -> Result<()> {
        let ports: BTreeMap<&str, u16> = self
            .all
            .iter()
            .map(|plan| (plan.name(), plan.port))
            .collect();
        let url = |name: &str, path: &str| {
            let port = ports.get(name);
            let port = port.with_context(|| format!("there is no process {name}"))?;
            anyhow::Ok(format!("http://127.0.0.1:{port}{path}"))
        };
        for plan in &mut self.all {
            let process = plan.process;
            let mut set = |key: &str, value: String| {
                plan.environment.insert(process.variable(key), value);
            };
            set(process.listen_key(), format!("127.0.0.1:{}", plan.port));
            set("admin.listen", format!("127.0.0.1:{}", plan.admin_port));
            for (key, value) in process.settings {
                let value = match value {
                    Value::Database => {
                        let database = of(&self.databases, process.name)?;
                        let owner_url = database.owner_url(&servers.postgres);
                        let variable = process.variable(key);
                        plan.owner_environment.insert(variable, owner_url);
                        database.url(&servers.postgres)
                    }
                    Value::Broker => {
                        let password = secret(&broker_secret_of(process.name))?;
                        broker_url(&servers.amqp, process.name, &password)
                    }
                    Value::Redis => servers.redis.clone(),
                    Value::Url(name, path) => url(name, path)?,
                    Value::Public(path) => url("gateway", path)?,
                    Value::Secret(name) => secret(name)?,
                    Value::File(name) => home.join(name).to_string_lossy().into_owned(),
                    Value::Text(text) => (*text).to_owned(),
                };
                set(key, value);
            }
        }
        Ok(())
    }

    /// Lets `user` write its e-mails into this folder instead of sending none.
    pub(super) fn write_mails_to(&mut self, folder: &Path) {
        for plan in self.all.iter_mut().filter(|plan| plan.name() == "user") {
            let key = plan.process.variable("mail.preview_folder");
            let folder = folder.to_string_lossy().into_owned();
            plan.environment.insert(key, folder);
        }
    }

    /// Releases the ports, so that the processes can bind them.
    pub(super) fn release_ports(&mut self) {
        self.held_ports.clear();
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.all.iter().map(ProcessPlan::name).collect()
    }

    pub(super) fn gateway_port(&self) -> u16 {
        let gateway = self.all.iter().find(|plan| plan.name() == "gateway");
        gateway.map_or(0, |plan| plan.port)
    }

    /// Writes every process's environment and the address of the broker's management pages to a file, for `seed` and for
    /// developers who run a process themselves.
    pub(super) fn save(&self, home: &Path, servers: &Addresses) -> Result<()> {
        let broker = BTreeMap::from([("RABBITMQ_API".to_owned(), servers.rabbitmq_api.clone())]);
        let plans = self.all.iter();
        let all: BTreeMap<String, _> = plans
            .flat_map(|plan| {
                let owner = (owner_of(plan.name()), &plan.owner_environment);
                [(plan.name().to_owned(), &plan.environment), owner]
            })
            .filter(|(_, environment)| !environment.is_empty())
            .chain([("rabbitmq".to_owned(), &broker)])
            .collect();
        write_private(
            &home.join("environment.json"),
            &serde_json::to_string_pretty(&all)?,
        )
    }
}

/// The administrator's URL with another account, and the default vhost.
fn broker_url(administrator: &str, account: &str, password: &str) -> String {
    let server = administrator
        .rsplit_once('@')
        .map_or(administrator, |(_, server)| server);
    format!("amqp://{account}:{password}@{server}/%2f")
}

fn of<'a>(databases: &'a [DatabasePlan], name: &str) -> Result<&'a DatabasePlan> {
    let found = databases.iter().find(|database| database.service == name);
    found.with_context(|| format!("{name} has no database"))
}

/// The name of what a job of a process that changes the schema has in its environment instead.
pub(crate) fn owner_of(name: &str) -> String {
    format!("{name}_owner")
}

/// The environment of one process of the shop in `home`.
pub(crate) fn environment_of(home: &Path, name: &str) -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(home.join("environment.json"))
        .context("the shop has not been started yet")?;
    let mut all: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(&text)?;
    all.remove(name)
        .with_context(|| format!("there is no environment of {name}"))
}

#[cfg(test)]
mod tests;
