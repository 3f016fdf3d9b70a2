use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Context as _;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use instruments::upstream::{
    UPSTREAM_ADDRESSES, UPSTREAM_CALLS_IN_PROGRESS, UPSTREAM_CALLS_LIMIT, UPSTREAM_CALLS_REFUSED,
    UPSTREAM_CIRCUIT_OPEN, UPSTREAM_RETRIES, UPSTREAM_RETRIES_DENIED, UPSTREAM_RETRY_BUDGET,
};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use super::addresses::Addresses;
use super::breaker::{self, Breaker};
use super::budget::Budget;
use super::dial::Dial;
use super::metrics::{Methods, Side};
use super::outbound::Shared;
use super::replicas::{Replicas, Way};
use super::{ClientTls, descriptor};

/// How a process calls another one. The defaults suit calls inside one cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpstreamConfig {
    /// `http://catalog:50052`, or `https://` together with `tls`.
    pub url: String,
    /// Milliseconds a call may take at most; less if the caller has less left.
    pub timeout_ms: u64,
    /// Milliseconds a connection attempt may take, TLS included, and the first lookup of the host name.
    pub connect_timeout_ms: u64,
    /// Milliseconds between two lookups of the host name, more or less: after that a new replica gets
    /// its share, and one that is gone gets nothing. After a connection failed it is looked up at once.
    /// Never more often than every 200; means nothing when the URL has an address in place of a name.
    pub resolve_every_ms: u64,
    /// Calls at the same time; one more is refused at once instead of queueing.
    pub max_concurrent_calls: usize,
    /// How often a call that may be repeated is tried at most, the first try included.
    pub max_attempts: u32,
    /// Failures in percent of the calls of the last ten seconds that open the circuit breaker.
    pub breaker_failure_percent: u32,
    /// Fewer calls than this in ten seconds never open it.
    pub breaker_min_calls: u32,
    /// Milliseconds it stays open before one call may try again.
    pub breaker_open_ms: u64,
    /// Present: TLS, with a certificate of our own for mTLS.
    pub tls: Option<ClientTls>,
}

impl Default for UpstreamConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            timeout_ms: 3_000,
            connect_timeout_ms: 1_000,
            resolve_every_ms: 5_000,
            max_concurrent_calls: 256,
            max_attempts: 3,
            breaker_failure_percent: 50,
            breaker_min_calls: 20,
            breaker_open_ms: 2_000,
            tls: None,
        }
    }
}

/// A way to call another process: `CatalogServiceClient::new(upstream.clone())`. Cheap to clone;
/// connects when it is first used and again whenever it must. For unary calls only: an answer is read to
/// its end before it is handed on, so the deadline is over all of it.
///
/// Every address of the host name is a replica with a connection of its own. A call goes to the less
/// busy one of two that are connected; what was certainly not touched by one goes to another at once.
///
/// A call takes along what is left of the caller's time, the trace and the caller's token
/// ([`super::CallContext`]). It fails at once when there is no time left, too much is on its way, or
/// the circuit breaker is open. RPCs whose `idempotency_level` allows it are tried again when the
/// upstream is unavailable, within the deadline and a budget.
#[derive(Clone)]
pub struct Upstream {
    replicas: Arc<Replicas>,
    shared: Arc<Shared>,
}

impl Upstream {
    /// Prepares the way to `name` without connecting. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// The URL or the TLS files cannot be used.
    pub fn new(name: &'static str, config: &UpstreamConfig) -> anyhow::Result<Self> {
        let dial = dial(name, config)?;
        let addresses = match dial.literal() {
            Some(address) => Addresses::fixed(address),
            None => {
                let lookup = Addresses::of_host(dial.host(), dial.port());
                Addresses::looked_up(name, Duration::from_millis(config.resolve_every_ms), lookup)
            }
        };
        Ok(Self::over(name, config, dial, addresses))
    }

    /// The same, with another way to find the addresses of the host name.
    ///
    /// # Errors
    /// As for [`Upstream::new`].
    pub fn with_lookup<F, Found>(
        name: &'static str,
        config: &UpstreamConfig,
        lookup: F,
    ) -> anyhow::Result<Self>
    where
        F: Fn() -> Found + Send + Sync + 'static,
        Found: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        let dial = dial(name, config)?;
        let lookup = Arc::new(move || lookup().boxed());
        let addresses =
            Addresses::looked_up(name, Duration::from_millis(config.resolve_every_ms), lookup);
        Ok(Self::over(name, config, dial, addresses))
    }

    fn over(name: &'static str, config: &UpstreamConfig, dial: Dial, addresses: Addresses) -> Self {
        let now = Instant::now();
        let methods = descriptor::OURS
            .iter()
            .map(|(path, repeatable)| (path.clone(), *repeatable));
        let breaker = breaker::Settings {
            failure_percent: config.breaker_failure_percent,
            min_calls: config.breaker_min_calls,
            open_for: Duration::from_millis(config.breaker_open_ms),
        };
        let shared = Arc::new(Shared {
            name,
            timeout: Duration::from_millis(config.timeout_ms),
            max_attempts: config.max_attempts,
            room: Arc::new(Semaphore::new(config.max_concurrent_calls)),
            breaker: Breaker::new(breaker, now),
            budget: Budget::new(now),
            methods: Methods::new(Side::Client(name), methods),
        });
        let way = Way {
            upstream: name,
            dial,
            addresses,
        };
        let way = Arc::new(way);
        show(&shared, &way, config.max_concurrent_calls);
        Self {
            replicas: Arc::new(Replicas::new(way)),
            shared,
        }
    }

    /// The same upstream over connections of its own; addresses, breaker, retry budget and limit stay
    /// shared. The gateway takes one per worker, on the worker: that saves the hop between threads.
    #[must_use]
    pub fn with_own_connection(&self) -> Self {
        Self {
            replicas: Arc::new(self.replicas.anew()),
            shared: Arc::clone(&self.shared),
        }
    }
}

/// How full it is, what is left of its budget and where it is, at each scrape.
fn show(shared: &Arc<Shared>, way: &Arc<Way>, limit: usize) {
    let name = [shared.name];
    UPSTREAM_CIRCUIT_OPEN.of(name).set(false);
    UPSTREAM_CALLS_LIMIT.of(name).set(limit);
    // There at 0, so that the first refusal is an increase.
    for reason in ["circuit_open", "overloaded", "no_time"] {
        UPSTREAM_CALLS_REFUSED.of([shared.name, reason]);
    }
    UPSTREAM_RETRIES.of(name);
    UPSTREAM_RETRIES_DENIED.of(name);
    let (shared, way) = (Arc::downgrade(shared), Arc::downgrade(way));
    instruments::at_scrape(move || {
        let (shared, way) = (shared.upgrade()?, way.upgrade()?);
        let busy = limit.saturating_sub(shared.room.available_permits());
        UPSTREAM_CALLS_IN_PROGRESS.of(name).set(busy);
        UPSTREAM_RETRY_BUDGET.of(name).set(shared.budget.left());
        if let Some(known) = way.addresses.known() {
            UPSTREAM_ADDRESSES.of(name).set(known.len());
        }
        Some(())
    });
}

fn dial(name: &'static str, config: &UpstreamConfig) -> anyhow::Result<Dial> {
    Dial::new(config)
        .with_context(|| format!("cannot use upstreams.{name}: url is `{}`", config.url))
}

impl Service<Request<Body>> for Upstream {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(())) // too much work is refused in `call`, it never queues
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Arc::clone(&self.shared)
            .call(Arc::clone(&self.replicas), request)
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
