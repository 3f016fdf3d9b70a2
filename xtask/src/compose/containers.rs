//! What the engine knows about the containers of the check.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::stack::Stack;
use crate::command::output;

const SERVICE: &str = "com.docker.compose.service";

/// The part of `docker inspect` that is looked at.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Container {
    pub(super) id: String,
    pub(super) restart_count: u32,
    pub(super) state: State,
    pub(super) config: Config,
    pub(super) host_config: HostConfig,
    pub(super) network_settings: NetworkSettings,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct State {
    status: String,
    exit_code: i32,
    /// As the engine's machine knows it; 0 when it does not run.
    pub(super) pid: u32,
    health: Option<Health>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Health {
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Config {
    pub(super) user: String,
    pub(super) env: Vec<String>,
    pub(super) labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HostConfig {
    pub(super) readonly_rootfs: bool,
    pub(super) cap_drop: Option<Vec<String>>,
    pub(super) security_opt: Option<Vec<String>>,
    pub(super) memory: u64,
    pub(super) nano_cpus: u64,
    pub(super) pids_limit: Option<i64>,
    pub(super) port_bindings: Option<BTreeMap<String, Option<Vec<Binding>>>>,
    restart_policy: RestartPolicy,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Binding {
    pub(super) host_ip: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RestartPolicy {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NetworkSettings {
    pub(super) networks: BTreeMap<String, Network>,
}

#[derive(Deserialize)]
pub(super) struct Network {
    #[serde(rename = "IPAddress")]
    pub(super) address: String,
}

impl Container {
    /// Its name in docker-compose.yml.
    pub(super) fn service(&self) -> &str {
        self.config.labels.get(SERVICE).map_or("", String::as_str)
    }

    /// Runs once and ends.
    pub(super) fn is_job(&self) -> bool {
        self.host_config.restart_policy.name == "no"
    }

    /// Runs and is healthy, as far as it says; a job has ended well.
    pub(super) fn is_well(&self) -> bool {
        if self.is_job() {
            return self.state.status == "exited" && self.state.exit_code == 0;
        }
        let healthy = self.state.health.as_ref();
        self.state.status == "running" && healthy.is_none_or(|health| health.status == "healthy")
    }

    fn condition(&self) -> String {
        let health = self.state.health.as_ref();
        let health = health.map_or("", |health| health.status.as_str());
        format!("{} is {} {health}", self.service(), self.state.status)
    }
}

/// All containers of the check, running or not.
pub(super) fn all(stack: &Stack) -> Result<Vec<Container>> {
    let filter = format!("label=com.docker.compose.project={}", stack.name());
    let ids = output(Command::new("docker").args(["ps", "--all", "--quiet", "--filter", &filter]))?;
    let mut inspect = Command::new("docker");
    let text = output(
        inspect
            .args(["inspect", "--type", "container"])
            .args(ids.lines()),
    )?;
    serde_json::from_str(&text).context("docker inspect")
}

/// The containers of one service.
pub(super) fn of(stack: &Stack, service: &str) -> Result<Vec<Container>> {
    let mut containers = all(stack)?;
    containers.retain(|container| container.service() == service);
    ensure!(!containers.is_empty(), "{service} has no container");
    Ok(containers)
}

/// The names of the services that stay, each once, in the alphabet's order.
pub(super) fn services(stack: &Stack) -> Result<Vec<String>> {
    let containers = all(stack)?;
    let stay = containers.iter().filter(|container| !container.is_job());
    let mut names: Vec<String> = stay.map(|it| it.service().to_owned()).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// An error that names what is not.
pub(super) fn all_healthy(stack: &Stack) -> Result<()> {
    let containers = all(stack)?;
    ensure!(containers.len() > 10, "there are no containers");
    let unwell: Vec<String> = containers
        .iter()
        .filter(|container| !container.is_well())
        .map(Container::condition)
        .collect();
    ensure!(unwell.is_empty(), "{}", unwell.join(", "));
    Ok(())
}
