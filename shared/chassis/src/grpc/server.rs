use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use http::{Request, Response};
use serde::Deserialize;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::{Routes, RoutesBuilder};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};
use tower::Service;

use super::client_tls::read;
use crate::admin::Readiness;
use crate::auth::{Keys, Policy};
use crate::shutdown::Shutdown;
use crate::telemetry;

/// How a service takes calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Milliseconds a call gets when the caller set no deadline.
    pub default_timeout_ms: u64,
    /// Milliseconds a call gets at most, whatever the caller asks for.
    pub max_timeout_ms: u64,
    /// Calls at the same time; one more is refused with `RESOURCE_EXHAUSTED`.
    pub max_concurrent_calls: usize,
    /// Bytes of a request or response message at most.
    pub max_message_bytes: usize,
    /// Present: only TLS. With `client_ca_path`: only callers with a certificate of that CA.
    pub tls: Option<ServerTls>,
}

/// TLS of a server. All paths are PEM files, read once at the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerTls {
    /// The certificate chain.
    pub cert_path: PathBuf,
    /// Its private key.
    pub private_key_path: PathBuf,
    /// Who signs the callers' certificates (mTLS).
    pub client_ca_path: Option<PathBuf>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            default_timeout_ms: 5_000,
            max_timeout_ms: 30_000,
            max_concurrent_calls: 512,
            max_message_bytes: 1 << 20,
            tls: None,
        }
    }
}

/// The gRPC server of a service, with everything around the handlers: deadline, trace, metrics,
/// who may call what, load shedding, panics, health, reflection and drain.
#[derive(Debug)]
pub struct Server {
    config: ServerConfig,
    policy: Policy,
    keys: Keys,
    readiness: Readiness,
    shutdown: Shutdown,
    routes: RoutesBuilder,
}

impl Server {
    /// A server without services yet.
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

    /// Adds a generated service: `.add(OrderServiceServer::new(handlers))`. For the message size
    /// limits see [`Server::max_message_bytes`].
    #[must_use]
    pub fn add<S>(mut self, service: S) -> Self
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
    pub async fn serve(self) -> anyhow::Result<SocketAddr> {
        todo!()
    }
}
