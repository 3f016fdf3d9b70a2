//! The gRPC server of a service. Its clients are in the crate `upstream`.

mod health;
mod inbound;
mod server;
mod tls;

pub use server::{Server, ServerConfig};
pub use tls::ServerTls;
