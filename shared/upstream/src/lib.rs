//! The client side of gRPC: one [`Upstream`] per service that a process calls. See `README.md`.

mod backoff;
mod balancer;
mod breaker;
mod call;
mod config;
mod connector;
mod endpoint;
mod metrics;
mod resolver;
mod retry_budget;
mod tls;
mod upstream;

pub use config::Config;
pub use metrics::METRICS;
pub use tls::ClientTls;
pub use upstream::Upstream;
