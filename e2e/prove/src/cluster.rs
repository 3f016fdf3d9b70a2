//! The cluster under test: the shop as separate processes with replicas, the servers, and a proxy
//! between every pair, in which the nemesis injects network faults.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use testkit::Backend;
use tokio::time::{Instant, sleep};
use topology::variable;

use crate::plan::Plan;
use crate::{Addresses, progress::Progress};

mod network;
mod process;
mod servers;
mod settings;

pub(crate) use network::{Link, Network};
pub(crate) use process::Process;
pub(crate) use servers::{Server, Servers};

/// How long the processes may take to become ready for the first time.
const START_TIMEOUT: Duration = Duration::from_secs(90);
/// How often the supervisor polls each process.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Processes in the order in which they start, with the number of replicas of each.
pub(crate) type Replicas = [(&'static str, usize); 6];

/// As in a small production deployment.
pub(crate) const REPLICATED: Replicas = [
    ("sandbox", 1),
    ("user", 2),
    ("catalog", 2),
    ("order", 3),
    ("payment", 2),
    ("gateway", 2),
];

/// One replica of each.
pub(crate) const SINGLE: Replicas = [
    ("sandbox", 1),
    ("user", 1),
    ("catalog", 1),
    ("order", 1),
    ("payment", 1),
    ("gateway", 1),
];

/// The shop, its network and its servers.
pub(crate) struct Cluster {
    pub(crate) processes: Vec<Arc<Process>>,
    pub(crate) network: Arc<Network>,
    pub(crate) servers: Servers,
    pub(crate) addresses: Addresses,
    progress: Arc<Progress>,
}

impl Cluster {
    /// Starts everything and waits until it is ready.
    pub(crate) async fn start(
        plan: &Plan,
        replicas: Replicas,
        length: Duration,
        progress: Arc<Progress>,
    ) -> Result<Self> {
        let mut ports = Ports::new();
        let mut layout = Vec::new();
        for (service, count) in replicas {
            for index in 1..=count {
                let (listen, admin) = (ports.next()?, ports.next()?);
                layout.push((format!("{service}-{index}"), service, listen, admin));
            }
        }
        let servers = Servers::of(plan)?;
        let mut targets: BTreeMap<String, Vec<Arc<Backend>>> = servers.backends();
        for (_, service, listen, _) in &layout {
            let backend = Backend::new(*listen);
            targets
                .entry((*service).to_owned())
                .or_default()
                .push(backend);
        }
        let mut network = Network::new(plan, targets, ports)?;
        let shop = network.link("clients", "gateway").await?;
        let mut processes = Vec::new();
        for (name, service, listen, admin) in layout {
            let mut environment = plan
                .environments
                .get(service)
                .with_context(|| format!("the plan has no environment for {service}"))?
                .clone();
            environment.extend(settings::of(service, length));
            // No proxy for its own addresses. `return_url` is no upstream: the provider returns it to
            // the customer, and every replica must send the same.
            let unproxied = [
                variable(service, "provider.return_url"),
                variable(service, "grpc.listen"),
                variable(service, "http.listen"),
                variable(service, "admin.listen"),
            ];
            for (key, value) in &mut environment {
                if !unproxied.contains(key) {
                    *value = network.replace_addresses(&name, value).await?;
                }
            }
            let definition = topology::Process::named(service)
                .with_context(|| format!("the topology has no process {service}"))?;
            let listen_key = definition.variable(definition.listen_key());
            environment.insert(listen_key, listen.to_string());
            environment.insert(variable(service, "admin.listen"), admin.to_string());
            let backend = network.backend(service, listen)?;
            processes.push(Arc::new(Process::new(
                plan,
                name,
                service,
                admin,
                environment,
                backend,
            )));
        }
        let provider = processes
            .iter()
            .find(|process| process.service == "sandbox")
            .context("the cluster has no sandbox")?
            .listen();
        let addresses = Addresses {
            shop: format!("http://{shop}"),
            staff: settings::staff(),
            databases: servers.databases(plan)?,
            rabbitmq_api: plan.servers.rabbitmq_api.clone(),
            vhost: "/".to_owned(),
            provider: format!("http://{provider}"),
            provider_key: plan.setting("sandbox", "provider.secret_key")?.to_owned(),
            control_key: plan.setting("sandbox", "controls.key")?.to_owned(),
            staff_token: crate::StaffToken::default(),
        };
        let cluster = Self {
            processes,
            network: Arc::new(network),
            servers,
            addresses,
            progress,
        };
        cluster.start_processes().await?;
        Ok(cluster)
    }

    async fn start_processes(&self) -> Result<()> {
        for process in &self.processes {
            process.start()?;
        }
        let deadline = Instant::now() + START_TIMEOUT;
        let mut waiting: Vec<&Arc<Process>> = self.processes.iter().collect();
        while !waiting.is_empty() {
            let mut unready = Vec::new();
            for process in waiting {
                ensure!(
                    !process.has_ended(),
                    "{} ended before it was ready: {}",
                    process.name,
                    process.log_tail()
                );
                if !process.probe().await {
                    unready.push(process);
                }
            }
            waiting = unready;
            if let Some(process) = waiting.first() {
                ensure!(
                    Instant::now() < deadline,
                    "{} is not ready after {} s: {}",
                    process.name,
                    START_TIMEOUT.as_secs(),
                    process.log_tail()
                );
            }
            sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    /// Restarts every process that ends, and keeps the readiness in the proxies current, for as long
    /// as the future is polled.
    pub(crate) async fn supervise(&self) {
        let each = self
            .processes
            .iter()
            .map(|process| process.supervise(&self.progress));
        futures_util::future::join_all(each).await;
    }

    /// Waits until every process is ready and every server responds.
    ///
    /// # Errors
    /// One is not within `limit`.
    pub(crate) async fn wait_until_ready(&self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            let unready: Vec<&str> = self
                .processes
                .iter()
                .filter(|process| !process.is_ready())
                .map(|process| process.name.as_str())
                .collect();
            let unavailable = self.servers.unavailable().await;
            if unready.is_empty() && unavailable.is_empty() {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "not ready {} s after the last fault: {}",
                limit.as_secs(),
                [unready, unavailable].concat().join(", ")
            );
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Terminates every process, and kills those that do not end within 8 s.
    pub(crate) async fn stop(&self) {
        stop(self.processes.iter().collect()).await;
    }

    /// As [`Cluster::stop`], but the provider goes on: it is no part of the shop.
    pub(crate) async fn stop_shop(&self) {
        stop(self.shop().collect()).await;
    }

    /// Starts the shop again; [`Cluster::supervise`] does it.
    pub(crate) fn start_shop(&self) {
        self.shop().for_each(|process| process.allow_restarts());
    }

    /// Every process except the provider.
    pub(crate) fn shop(&self) -> impl Iterator<Item = &Arc<Process>> {
        let all = self.processes.iter();
        all.filter(|process| process.service != "sandbox")
    }
}

async fn stop(processes: Vec<&Arc<Process>>) {
    for process in &processes {
        process.terminate();
    }
    let deadline = Instant::now() + Duration::from_secs(8);
    while Instant::now() < deadline && !processes.iter().all(|process| process.has_ended()) {
        sleep(POLL_INTERVAL).await;
    }
    for process in &processes {
        process.kill();
    }
}

/// Loopback ports below the range of ephemeral ports: an outgoing connection cannot take the port of
/// a process that is down.
struct Ports(u16);

impl Ports {
    fn new() -> Self {
        Self(rand::random_range(20_000..28_000))
    }

    fn next(&mut self) -> Result<SocketAddr> {
        while self.0 < 32_000 {
            self.0 += 1;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.0));
            if TcpListener::bind(address).is_ok() {
                return Ok(address);
            }
        }
        anyhow::bail!("no free loopback ports below 32000")
    }
}
