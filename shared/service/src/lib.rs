//! Builds and starts a service from the shared crates.
//!
//! ```ignore
//! // main.rs
//! fn main() -> std::process::ExitCode {
//!     service::program(order::ABOUT, order::MIGRATIONS, order::start).main()
//! }
//!
//! // lib.rs
//! pub async fn start(config: service::Config<Config>, shutdown: Shutdown) -> anyhow::Result<Running> {
//!     let (service, config) = Service::new(config, MIGRATIONS, shutdown)?;
//!     let app = App::new(service.database.clone(), service.outbox.clone());
//!     service
//!         .keys_of(&config.upstreams.user)?
//!         .policy(grpc::POLICY)
//!         .rpc(OrderServiceServer::new(grpc::Orders(app.clone())))
//!         .consume(consumers::queue(), consumers::Replies(app.clone()))
//!         .job("retention sweep", |stop| jobs::sweep(app, stop))
//!         .start()
//!         .await
//! }
//! ```

mod builder;
mod config;
mod program;
mod schema;

use instruments::Set;

pub use builder::Service;
pub use config::{Config, FaultConfig, ServiceConfig};
pub use program::program;

/// The metrics of every service. The set of each service includes it.
pub static METRICS: Set = Set {
    own: &[],
    includes: &[
        &chassis::metrics::PROCESS,
        &chassis::metrics::RPC_SERVER,
        &outbox::METRICS,
    ],
};
