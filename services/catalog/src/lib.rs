//! `catalog`: products, search, stock and reservations. See `README.md`.

use chassis::About;
use chassis::{Running, Shutdown};
use contracts::catalog::v1::catalog_service_server::CatalogServiceServer;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::Clock;
use service::Service;

mod app;
mod cache;
mod config;
mod consumers;
mod domain;
mod failure;
mod grpc;
mod jobs;
mod metrics;
#[expect(unreachable_pub, reason = "generated")]
mod schema;
mod seed;
mod store;

pub use config::Config;
pub use grpc::{POLICY, REASONS};
pub use metrics::METRICS;
pub use seed::seed;

use app::App;

/// Name and version of this process.
pub const ABOUT: About = chassis::about!();

/// The schema of the database `catalog`, embedded.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/catalog");

/// Starts the service and returns once its ports are open. Without Redis, products are cached in memory only.
///
/// # Errors
/// The configuration is invalid, or a port is in use.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    start_at(config, shutdown, Clock::system()).await
}

/// [`start`] with another clock, for tests of expiry.
///
/// # Errors
/// As [`start`].
pub async fn start_at(config: Config, shutdown: Shutdown, clock: Clock) -> anyhow::Result<Running> {
    let (service, config) = Service::new(config, MIGRATIONS, shutdown)?;
    let app = App::new(
        &config,
        service.database.clone(),
        service.outbox.clone(),
        service.tokens.clone(),
        clock,
    )?;
    let events = consumers::product_events(&service.broker);
    service
        .metrics(&METRICS)
        .keys_of(&config.upstreams.user)?
        .policy(grpc::POLICY)
        .rpc(CatalogServiceServer::new(grpc::Rpc(app.clone())))
        .consume(consumers::queue(), consumers::Commands::new(app.clone()))
        .job("product events", |stop| {
            consumers::evict_changed(events, app.clone(), stop)
        })
        .job("search rebuild", |stop| {
            jobs::rebuild_search(app.clone(), stop)
        })
        .job("idempotency", |stop| jobs::sweep_keys(app.clone(), stop))
        .job("reservation expiry", |stop| {
            let config = config.reservations;
            jobs::expire_reservations(app, config.expiry_interval(), config.expiry_batch, stop)
        })
        .start()
        .await
}
