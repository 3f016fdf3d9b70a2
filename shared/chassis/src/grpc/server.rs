use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use garde::Validate;
use http::{Request, Response};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::{Routes, RoutesBuilder};
use tonic::transport::server::TcpIncoming;
use tonic_health::pb::health_server::HealthServer;
use tower::Service;

use super::health::Health;
use super::inbound::{InboundLayer, Row, Shared};
use super::tls::{ServerTls, encrypted, if_set};
use crate::admin::Readiness;
use crate::auth::{Keys, Policy};
use crate::call::{MeasuredMethods, Side};
use crate::metrics::rpc::{RPC_SERVER_CALLS_IN_PROGRESS, RPC_SERVER_CALLS_LIMIT};
use crate::shutdown::Shutdown;

const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// RPCs of the server itself, open to everyone.
const HEALTH: [&str; 2] = [
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
];
/// Open to everyone, too, if it is served.
const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

/// The configuration of a service's gRPC server.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ServerConfig {
    /// Address and port. Port 0 means any free port.
    pub listen: SocketAddr,
    /// Timeout in milliseconds of a call without a deadline.
    #[garde(range(min = 1, max = 600_000))]
    pub default_timeout_ms: u64,
    /// Longest timeout in milliseconds that a caller can set.
    #[garde(range(min = 1, max = 600_000))]
    pub max_timeout_ms: u64,
    /// Most calls in flight; more are rejected with `RESOURCE_EXHAUSTED`.
    #[garde(range(min = 1, max = 1_000_000))]
    pub max_concurrent_calls: usize,
    /// Most bytes of a request.
    #[garde(range(min = 1_024, max = 67_108_864))]
    pub max_message_bytes: usize,
    /// Whether everyone, without a token, may ask which RPCs and messages there are. For development: tools
    /// such as grpcurl need it.
    pub reflection: bool,
    /// If set, the server accepts only TLS; with `client_ca_path`, only clients with a certificate of
    /// that CA.
    #[serde(deserialize_with = "if_set")]
    pub tls: Option<ServerTls>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            default_timeout_ms: 5_000,
            max_timeout_ms: 30_000,
            max_concurrent_calls: 512,
            max_message_bytes: 1 << 20,
            reflection: false,
            tls: None,
        }
    }
}

/// The gRPC server of a service. Handles deadlines, traces, metrics, the policy table, load
/// shedding, panics, health, drain and, if configured, reflection.
pub struct Server {
    config: ServerConfig,
    policy: Policy,
    keys: Keys,
    readiness: Readiness,
    shutdown: Shutdown,
    routes: RoutesBuilder,
}

impl Server {
    /// A server without services.
    #[must_use]
    pub fn new(
        config: &ServerConfig,
        policy: Policy,
        keys: Keys,
        readiness: Readiness,
        shutdown: &Shutdown,
    ) -> Self {
        Self {
            config: config.clone(),
            policy,
            keys,
            readiness,
            shutdown: shutdown.clone(),
            routes: Routes::builder(),
        }
    }

    /// Adds a generated service: `.service(OrderServiceServer::new(handlers))`.
    #[must_use]
    pub fn service<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.routes.add_service(service);
        self
    }

    /// Listens, serves in the background until the shutdown, and returns the address.
    ///
    /// # Errors
    /// The address cannot be bound, or the TLS files cannot be used.
    pub async fn serve(mut self) -> anyhow::Result<SocketAddr> {
        let health = Health::new(self.readiness.clone(), self.shutdown.clone());
        self.routes.add_service(HealthServer::new(health));
        if self.config.reflection {
            let reflection = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(contracts::DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .build_v1()
                .context("the descriptor set is invalid")?;
            self.routes.add_service(reflection);
        }

        let builder = tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
            .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
            .max_concurrent_streams(self.max_streams());
        let tls = self.config.tls.as_ref().map(ServerTls::load).transpose();
        let tls = tls.context("grpc.tls cannot be used")?;
        let incoming = TcpIncoming::bind(self.config.listen)
            .with_context(|| format!("cannot listen on {} (grpc.listen)", self.config.listen))?
            .with_nodelay(Some(true));
        let address = incoming.local_addr()?;
        let shared = Arc::new(self.shared());
        export_gauges(&shared.slots, self.config.max_concurrent_calls);
        let router = builder
            .layer(InboundLayer(shared))
            .add_routes(self.routes.routes().prepare());
        let shutdown = self.shutdown.clone();
        let draining = async move { shutdown.draining().await };
        self.shutdown.spawn_server("grpc", async move {
            let served = match tls {
                None => {
                    router
                        .serve_with_incoming_shutdown(incoming, draining)
                        .await
                }
                Some(tls) => {
                    let incoming = encrypted(incoming, tls);
                    router
                        .serve_with_incoming_shutdown(incoming, draining)
                        .await
                }
            };
            if let Err(error) = served {
                tracing::error!(%error, "the gRPC server failed");
            }
        });
        Ok(address)
    }

    /// Above the concurrency limit, so that excess calls are rejected instead of waiting in the
    /// client for a free stream.
    fn max_streams(&self) -> u32 {
        let calls = u32::try_from(self.config.max_concurrent_calls);
        calls.unwrap_or(u32::MAX).saturating_mul(2)
    }

    fn shared(&self) -> Shared {
        let listed = self.policy.rows().iter();
        let listed = listed
            .map(|(path, access, callers)| ((*path).to_owned(), Row::Listed(*access, callers)));
        let reflection = self.config.reflection.then_some(REFLECTION);
        let infrastructure = HEALTH.into_iter().chain(reflection);
        let infrastructure = infrastructure.map(|path| (path.to_owned(), Row::Infrastructure));
        Shared {
            methods: MeasuredMethods::new(Side::Server, listed.chain(infrastructure)),
            keys: self.keys.clone(),
            slots: Arc::new(Semaphore::new(self.config.max_concurrent_calls)),
            default_timeout: Duration::from_millis(self.config.default_timeout_ms),
            max_timeout: Duration::from_millis(self.config.max_timeout_ms),
            max_message_bytes: self.config.max_message_bytes,
        }
    }
}

/// Sets the gauges at each scrape.
fn export_gauges(slots: &Arc<Semaphore>, limit: usize) {
    let slots = Arc::downgrade(slots);
    instruments::at_scrape(move || {
        let free = slots.upgrade()?.available_permits();
        RPC_SERVER_CALLS_LIMIT.set(limit);
        RPC_SERVER_CALLS_IN_PROGRESS.set(limit.saturating_sub(free));
        Some(())
    });
}
