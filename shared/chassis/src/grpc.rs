//! The gRPC server of a service. The client is the crate `upstream`.

mod health;
mod inbound;
mod server;
mod tls;

pub use server::{Server, ServerConfig};
pub use tls::ServerTls;
