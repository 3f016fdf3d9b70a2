//! gRPC as the house speaks it: [`Server`] for what comes in, [`Upstream`] for what goes out, and
//! [`CallContext`] for what travels along.

mod addresses;
mod breaker;
mod budget;
mod client_tls;
mod context;
pub(crate) mod descriptor;
mod dial;
mod health;
mod inbound;
mod metrics;
mod outbound;
mod replica;
mod replicas;
mod server;
mod upstream;
mod wire;

pub use client_tls::ClientTls;
pub use context::CallContext;
pub use server::{Server, ServerConfig, ServerTls};
pub use upstream::{Upstream, UpstreamConfig};
