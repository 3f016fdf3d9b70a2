//! The shop as separate processes: several replicas of each, joined by links that can break.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use testkit::Backend;
use tokio::time::{Instant, sleep};
use topology::{Process, variable};

use crate::plan::Plan;
use crate::{Addresses, live::Live};

mod network;
mod servers;
mod settings;
mod stall;

pub(crate) use network::{Link, Network};
pub(crate) use servers::{Server, Servers};
pub(crate) use stall::Stall;

/// How long the processes may take to become ready at first.
const START: Duration = Duration::from_secs(90);
/// How often the supervisor looks after its processes.
const LOOK: Duration = Duration::from_millis(200);

/// A process and how many of it there are.
pub(crate) type Replicas = [(&'static str, usize); 6];

/// As a small production has it: the order of the names is the order of starting.
pub(crate) const MANY: Replicas = [
    ("sandbox", 1),
    ("user", 2),
    ("catalog", 2),
    ("order", 3),
    ("payment", 2),
    ("gateway", 2),
];

/// One of each.
pub(crate) const SINGLE: Replicas = [
    ("sandbox", 1),
    ("user", 1),
    ("catalog", 1),
    ("order", 1),
    ("payment", 1),
    ("gateway", 1),
];

/// The shop, its network and its servers.
pub(crate) struct House {
    pub(crate) stalls: Vec<Arc<Stall>>,
    pub(crate) network: Arc<Network>,
    pub(crate) servers: Servers,
    pub(crate) addresses: Addresses,
    live: Arc<Live>,
}

impl House {
    /// Starts everything and waits until it is ready.
    pub(crate) async fn open(
        plan: &Plan,
        replicas: Replicas,
        length: Duration,
        live: Arc<Live>,
    ) -> Result<Self> {
        let mut ports = Ports::new();
        let mut stalls = Vec::new();
        for (service, count) in replicas {
            for index in 1..=count {
                let (listen, admin) = (ports.next()?, ports.next()?);
                stalls.push((format!("{service}-{index}"), service, listen, admin));
            }
        }
        let servers = Servers::of(plan)?;
        let mut targets: BTreeMap<String, Vec<Arc<Backend>>> = servers.backends();
        for (_, service, listen, _) in &stalls {
            let backend = Backend::new(*listen);
            targets
                .entry((*service).to_owned())
                .or_default()
                .push(backend);
        }
        let mut network = Network::new(plan, targets, ports)?;
        let shop = network.link("customers", "gateway").await?;
        let mut built = Vec::new();
        for (name, service, listen, admin) in stalls {
            let mut environment = plan
                .environments
                .get(service)
                .with_context(|| format!("the plan has no {service}"))?
                .clone();
            environment.extend(settings::of(service, length));
            // Its own addresses, and the one that it only passes on: the same from every replica.
            let own = [
                variable(service, "provider.return_url"),
                variable(service, "grpc.listen"),
                variable(service, "http.listen"),
                variable(service, "admin.listen"),
            ];
            for (key, value) in &mut environment {
                if !own.contains(key) {
                    *value = network.join(&name, value).await?;
                }
            }
            let process = Process::named(service).context("no process of that name")?;
            environment.insert(process.variable(process.listen_key()), listen.to_string());
            environment.insert(variable(service, "admin.listen"), admin.to_string());
            let backend = network.backend(service, listen)?;
            built.push(Arc::new(Stall::new(
                plan,
                name,
                service,
                admin,
                environment,
                backend,
            )));
        }
        let provider = built
            .iter()
            .find(|stall| stall.service == "sandbox")
            .context("no provider")?
            .listen();
        let addresses = Addresses {
            shop: format!("http://{shop}"),
            staff: settings::staff(),
            databases: servers.databases(plan)?,
            rabbitmq_api: plan.servers.rabbitmq_api.clone(),
            vhost: "/".to_owned(),
            provider: format!("http://{provider}"),
            provider_key: plan.setting("sandbox", "provider.secret_key")?.to_owned(),
        };
        let house = Self {
            stalls: built,
            network: Arc::new(network),
            servers,
            addresses,
            live,
        };
        house.start().await?;
        Ok(house)
    }

    async fn start(&self) -> Result<()> {
        for stall in &self.stalls {
            stall.start()?;
        }
        let deadline = Instant::now() + START;
        let mut waiting: Vec<&Arc<Stall>> = self.stalls.iter().collect();
        while !waiting.is_empty() {
            let mut unready = Vec::new();
            for stall in waiting {
                ensure!(
                    !stall.has_ended(),
                    "{} ended before it was ready: {}",
                    stall.name,
                    stall.last_words()
                );
                if !stall.probe().await {
                    unready.push(stall);
                }
            }
            waiting = unready;
            if let Some(stall) = waiting.first() {
                ensure!(
                    Instant::now() < deadline,
                    "{} is not ready after {} s: {}",
                    stall.name,
                    START.as_secs(),
                    stall.last_words()
                );
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Looks after one process for as long as it is polled: starts it again when it has ended, and
    /// tells the balancers whether it is ready.
    pub(crate) async fn look_after(&self) {
        let each = self.stalls.iter().map(|stall| stall.look_after(&self.live));
        futures_util::future::join_all(each).await;
    }

    /// Waits until every process is ready and every server answers.
    pub(crate) async fn wait_until_whole(&self, patience: Duration) -> Result<()> {
        let deadline = Instant::now() + patience;
        loop {
            let unready: Vec<&str> = self
                .stalls
                .iter()
                .filter(|stall| !stall.is_ready())
                .map(|stall| stall.name.as_str())
                .collect();
            let missing = self.servers.missing().await;
            if unready.is_empty() && missing.is_empty() {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "not ready after {} s without harm: {}",
                patience.as_secs(),
                [unready, missing].concat().join(", ")
            );
            sleep(LOOK).await;
        }
    }

    /// Asks every process to stop, and kills what does not.
    pub(crate) async fn close(&self) {
        for stall in &self.stalls {
            stall.ask_to_stop();
        }
        let deadline = Instant::now() + Duration::from_secs(8);
        while Instant::now() < deadline && !self.stalls.iter().all(|stall| stall.has_ended()) {
            sleep(LOOK).await;
        }
        for stall in &self.stalls {
            stall.kill();
        }
    }
}

/// Loopback ports below those that the system gives to outgoing connections, so that none is taken
/// while its process is dead.
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
