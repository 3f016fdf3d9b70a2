//! The containers of the check, as `docker inspect` shows them.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use xtask::command::output;

use crate::stack::Stack;

const SERVICE: &str = "com.docker.compose.service";

/// The part of the output that the check uses.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Container {
    pub(crate) id: String,
    pub(crate) restart_count: u32,
    pub(crate) state: State,
    pub(crate) config: Config,
    pub(crate) host_config: HostConfig,
    pub(crate) network_settings: NetworkSettings,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct State {
    status: String,
    exit_code: i32,
    /// In the process table of the engine's machine; 0 when the container does not run.
    pub(crate) pid: u32,
    health: Option<Health>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Health {
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Config {
    pub(crate) user: String,
    pub(crate) env: Vec<String>,
    pub(crate) labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct HostConfig {
    pub(crate) readonly_rootfs: bool,
    pub(crate) cap_drop: Option<Vec<String>>,
    pub(crate) security_opt: Option<Vec<String>>,
    pub(crate) memory: u64,
    pub(crate) nano_cpus: u64,
    pub(crate) pids_limit: Option<i64>,
    pub(crate) port_bindings: Option<BTreeMap<String, Option<Vec<Binding>>>>,
    restart_policy: RestartPolicy,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Binding {
    pub(crate) host_ip: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RestartPolicy {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkSettings {
    pub(crate) networks: BTreeMap<String, Network>,
}

#[derive(Deserialize)]
pub(crate) struct Network {
    #[serde(rename = "IPAddress")]
    pub(crate) address: String,
}

impl Container {
    /// Its name in docker-compose.yml.
    pub(crate) fn service(&self) -> &str {
        self.config.labels.get(SERVICE).map_or("", String::as_str)
    }

    /// Runs once and ends.
    pub(crate) fn is_job(&self) -> bool {
        self.host_config.restart_policy.name == "no"
    }

    /// Runs and is not unhealthy; a job has succeeded.
    pub(crate) fn is_healthy(&self) -> bool {
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
pub(crate) fn all(stack: &Stack) -> Result<Vec<Container>> {
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
pub(crate) fn of(stack: &Stack, service: &str) -> Result<Vec<Container>> {
    let mut containers = all(stack)?;
    containers.retain(|container| container.service() == service);
    ensure!(!containers.is_empty(), "{service} has no container");
    Ok(containers)
}

/// The names of the services that run until they are stopped, in alphabetical order.
pub(crate) fn services(stack: &Stack) -> Result<Vec<String>> {
    let containers = all(stack)?;
    let permanent = containers.iter().filter(|container| !container.is_job());
    let mut names: Vec<String> = permanent.map(|it| it.service().to_owned()).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// An error names the containers that are not.
pub(crate) fn all_healthy(stack: &Stack) -> Result<()> {
    let containers = all(stack)?;
    ensure!(containers.len() > 10, "there are no containers");
    let unhealthy: Vec<String> = containers
        .iter()
        .filter(|container| !container.is_healthy())
        .map(Container::condition)
        .collect();
    ensure!(unhealthy.is_empty(), "{}", unhealthy.join(", "));
    Ok(())
}
