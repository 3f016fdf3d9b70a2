use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Context as _;
use chassis::call::{MeasuredMethods, RPCS, Side};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use crate::balancer::Balancer;
use crate::breaker::{self, Breaker};
use crate::call::Shared;
use crate::config::Config;
use crate::connector::Connector;
use crate::endpoint::Target;
use crate::metrics::{
    Refused, UPSTREAM_CALLS_IN_PROGRESS, UPSTREAM_CALLS_LIMIT, UPSTREAM_CALLS_REFUSED,
    UPSTREAM_CIRCUIT_OPEN, UPSTREAM_ENDPOINTS, UPSTREAM_RETRIES, UPSTREAM_RETRIES_DENIED,
    UPSTREAM_RETRY_BUDGET,
};
use crate::resolver::Resolver;
use crate::retry_budget::RetryBudget;

/// The channel of a generated client: `CatalogServiceClient::new(upstream.clone())`. Cheap to clone.
/// Connects at the first call, and again when a connection ends. For unary calls only: a response is
/// read to its end before it is returned, so the deadline covers all of it.
///
/// Each address of the host name is an endpoint with its own connection. A call goes to the less
/// loaded of two random endpoints. If that endpoint certainly did not process it, it goes to another
/// one at once.
///
/// A call carries the deadline, the trace context and the caller's token
/// ([`chassis::call::CallContext`]). It fails at once if the deadline has passed, the concurrency
/// limit is reached, or the circuit breaker is open. RPCs whose `idempotency_level` allows it are
/// retried while the upstream is unavailable, within the deadline and the retry budget.
#[derive(Clone)]
pub struct Upstream {
    balancer: Arc<Balancer>,
    shared: Arc<Shared>,
    pinned: Arc<OnceLock<Arc<Shared>>>,
}

/// Calls to one endpoint, in flight at most, of all handles of [`Upstream::each`]; more are rejected.
const MAX_PINNED_CALLS: usize = 256;

impl Upstream {
    /// Prepares calls to `name` without connecting. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// The URL or the TLS files cannot be used.
    pub fn new(name: &'static str, config: &Config) -> anyhow::Result<Self> {
        let connector = connector(name, config)?;
        let resolver = match connector.literal() {
            Some(address) => Resolver::fixed(address),
            None => {
                let lookup = Resolver::of_host(connector.host(), connector.port());
                Resolver::start(name, Duration::from_millis(config.resolve_every_ms), lookup)
            }
        };
        Ok(Self::over(name, config, connector, resolver))
    }

    /// As [`Upstream::new`], with another function to look up the addresses of the host name.
    ///
    /// # Errors
    /// As for [`Upstream::new`].
    pub fn with_lookup<F, Found>(
        name: &'static str,
        config: &Config,
        lookup: F,
    ) -> anyhow::Result<Self>
    where
        F: Fn() -> Found + Send + Sync + 'static,
        Found: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        let connector = connector(name, config)?;
        let lookup = Arc::new(move || lookup().boxed());
        let resolver =
            Resolver::start(name, Duration::from_millis(config.resolve_every_ms), lookup);
        Ok(Self::over(name, config, connector, resolver))
    }

    fn over(name: &'static str, config: &Config, connector: Connector, resolver: Resolver) -> Self {
        let now = Instant::now();
        let breaker = breaker::Settings {
            failure_percent: config.breaker_failure_percent,
            min_calls: config.breaker_min_calls,
            open_for: Duration::from_millis(config.breaker_open_ms),
        };
        let shared = Arc::new(Shared {
            name,
            timeout: Duration::from_millis(config.timeout_ms),
            max_attempts: config.max_attempts,
            slots: Arc::new(Semaphore::new(config.max_concurrent_calls)),
            breaker: Breaker::new(breaker, now),
            retry_budget: RetryBudget::new(now),
            methods: methods(name),
        });
        let target = Target {
            upstream: name,
            connector,
            resolver,
        };
        let target = Arc::new(target);
        export_gauges(&shared, &target, config.max_concurrent_calls);
        Self {
            balancer: Arc::new(Balancer::new(target)),
            shared,
            pinned: Arc::default(),
        }
    }

    /// The same upstream with separate connections. Resolver, breaker, retry budget and concurrency
    /// limit stay shared. Each worker of the gateway has its own, which saves a hop between threads.
    #[must_use]
    pub fn with_own_connection(&self) -> Self {
        Self {
            balancer: Arc::new(self.balancer.with_own_connections()),
            shared: Arc::clone(&self.shared),
            pinned: Arc::clone(&self.pinned),
        }
    }

    /// An upstream for each known address, all of whose calls go to that address: to ask every replica. Waits for the first
    /// lookup; none if the host name has no address.
    ///
    /// A call is attempted once. Its failure ejects the endpoint, as any other does, but does not count for the circuit
    /// breaker: one replica is not the upstream. A call to a replica that no longer exists fails with `UNAVAILABLE`.
    pub async fn each(&self) -> Vec<(SocketAddr, Self)> {
        let shared = self.pinned.get_or_init(|| Arc::new(self.shared.pinned()));
        let pinned = self.balancer.each().await.into_iter();
        let pinned = pinned.map(|(address, balancer)| {
            let upstream = Self {
                balancer: Arc::new(balancer),
                shared: Arc::clone(shared),
                pinned: Arc::clone(&self.pinned),
            };
            (address, upstream)
        });
        pinned.collect()
    }
}

impl Shared {
    /// The state of calls that each go to one endpoint: a breaker that never opens, and one attempt.
    fn pinned(&self) -> Self {
        let now = Instant::now();
        let breaker = breaker::Settings {
            failure_percent: 100,
            min_calls: u32::MAX,
            open_for: Duration::ZERO,
        };
        Self {
            name: self.name,
            timeout: self.timeout,
            max_attempts: 1,
            slots: Arc::new(Semaphore::new(MAX_PINNED_CALLS)),
            breaker: Breaker::new(breaker, now),
            retry_budget: RetryBudget::new(now),
            methods: methods(self.name),
        }
    }
}

/// Every RPC of the contracts, and whether it is idempotent.
fn methods(upstream: &'static str) -> MeasuredMethods<bool> {
    let methods = RPCS
        .iter()
        .map(|method| (method.path.clone(), method.idempotent));
    MeasuredMethods::new(Side::Client(upstream), methods)
}

/// Sets the gauges at each scrape.
fn export_gauges(shared: &Arc<Shared>, target: &Arc<Target>, limit: usize) {
    let name = shared.name;
    UPSTREAM_CIRCUIT_OPEN.of(name).set(false);
    UPSTREAM_CALLS_LIMIT.of(name).set(limit);
    // Exported from 0, so that `increase` sees the first one.
    for reason in [Refused::CircuitOpen, Refused::Overloaded, Refused::NoTime] {
        UPSTREAM_CALLS_REFUSED.of((shared.name, reason));
    }
    UPSTREAM_RETRIES.of(name);
    UPSTREAM_RETRIES_DENIED.of(name);
    let (shared, target) = (Arc::downgrade(shared), Arc::downgrade(target));
    instruments::at_scrape(move || {
        let (shared, target) = (shared.upgrade()?, target.upgrade()?);
        let busy = limit.saturating_sub(shared.slots.available_permits());
        UPSTREAM_CALLS_IN_PROGRESS.of(name).set(busy);
        UPSTREAM_RETRY_BUDGET
            .of(name)
            .set(shared.retry_budget.left());
        if let Some(addresses) = target.resolver.addresses() {
            UPSTREAM_ENDPOINTS.of(name).set(addresses.len());
        }
        Some(())
    });
}

fn connector(name: &'static str, config: &Config) -> anyhow::Result<Connector> {
    Connector::new(config)
        .with_context(|| format!("cannot use upstreams.{name}: url is `{}`", config.url))
}

impl Service<Request<Body>> for Upstream {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(())) // `call` rejects calls above the limit, they never queue
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Arc::clone(&self.shared)
            .call(Arc::clone(&self.balancer), request)
            .boxed()
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Upstream")
            .field("name", &self.shared.name)
            .finish_non_exhaustive()
    }
}
