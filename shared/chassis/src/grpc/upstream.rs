use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Context as _;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tower::Service;

use super::breaker::{self, Breaker};
use super::budget::Budget;
use super::metrics::{Methods, Side};
use super::outbound::Shared;
use super::{ClientTls, descriptor};

const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// How a process calls another one. The defaults suit calls inside one cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpstreamConfig {
    /// `http://catalog:50052`, or `https://` together with `tls`.
    pub url: String,
    /// Milliseconds a call may take at most; less if the caller has less left.
    pub timeout_ms: u64,
    /// Milliseconds a connection attempt may take.
    pub connect_timeout_ms: u64,
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
/// connects when it is first used and again whenever it must.
///
/// A call takes along what is left of the caller's time, the trace and the caller's token
/// ([`super::CallContext`]). It fails at once when there is no time left, too much is on its way, or
/// the circuit breaker is open. RPCs whose `idempotency_level` allows it are tried again when the
/// upstream is unavailable, within the deadline and a budget.
#[derive(Clone)]
pub struct Upstream {
    endpoint: Endpoint,
    channel: Channel,
    shared: Arc<Shared>,
}

impl Upstream {
    /// Prepares the way to `name` without connecting. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// The URL or the TLS files cannot be used.
    pub fn new(name: &'static str, config: &UpstreamConfig) -> anyhow::Result<Self> {
        let endpoint = endpoint(config)
            .with_context(|| format!("cannot use upstreams.{name}: url is `{}`", config.url))?;
        let now = Instant::now();
        let methods = descriptor::OURS
            .iter()
            .map(|(path, repeatable)| (path.clone(), *repeatable));
        let breaker = breaker::Settings {
            failure_percent: config.breaker_failure_percent,
            min_calls: config.breaker_min_calls,
            open_for: Duration::from_millis(config.breaker_open_ms),
        };
        let shared = Shared {
            name,
            timeout: Duration::from_millis(config.timeout_ms),
            max_attempts: config.max_attempts,
            room: Arc::new(Semaphore::new(config.max_concurrent_calls)),
            breaker: Breaker::new(breaker, now),
            budget: Budget::new(now),
            methods: Methods::new(Side::Client(name), methods),
        };
        Ok(Self {
            channel: endpoint.connect_lazy(),
            endpoint,
            shared: Arc::new(shared),
        })
    }

    /// The same upstream over a connection of its own; breaker, retry budget and limit stay shared.
    /// The gateway takes one per worker, on the worker: that saves the hop between threads.
    #[must_use]
    pub fn with_own_connection(&self) -> Self {
        Self {
            channel: self.endpoint.connect_lazy(),
            endpoint: self.endpoint.clone(),
            shared: Arc::clone(&self.shared),
        }
    }
}

fn endpoint(config: &UpstreamConfig) -> anyhow::Result<Endpoint> {
    anyhow::ensure!(!config.url.is_empty(), "it is not set");
    let mut endpoint = Endpoint::from_shared(config.url.clone())?
        .connect_timeout(Duration::from_millis(config.connect_timeout_ms))
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true);
    if let Some(tls) = &config.tls {
        endpoint = endpoint.tls_config(tls.load()?)?;
    }
    Ok(endpoint)
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
            .call(self.channel.clone(), request)
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
