//! The foundation of every process: configuration, telemetry, health, graceful shutdown, the gRPC
//! server, token verification and the error model on the wire.
//!
//! The gRPC client is the crate `upstream`. See `README.md` for what does not belong here.

mod about;
pub mod admin;
pub mod auth;
pub mod call;
pub mod config;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod grpc;
pub mod jobs;
pub mod metrics;
pub mod process;
pub mod running;
pub mod shutdown;
pub mod status;
pub mod telemetry;

pub use about::About;
pub use running::Running;
pub use shutdown::Shutdown;
