use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use http::{Request, Response};
use serde::Deserialize;
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use super::ClientTls;

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
    /// Bytes of a message: not enforced here but by the generated client.
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
#[derive(Debug, Clone)]
pub struct Upstream {}

impl Upstream {
    /// Prepares the way to `name` without connecting. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// The URL or the TLS files cannot be used.
    pub fn new(name: &'static str, config: &UpstreamConfig) -> anyhow::Result<Self> {
        let _ = (name, config);
        todo!()
    }

    /// The same upstream over a connection of its own; breaker, retry budget and limit stay shared.
    /// The gateway takes one per worker: that saves the hop between threads.
    ///
    /// # Errors
    /// As [`Upstream::new`].
    pub fn with_own_connection(&self) -> anyhow::Result<Self> {
        todo!()
    }
}

impl Service<Request<Body>> for Upstream {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let _ = request;
        todo!()
    }
}
