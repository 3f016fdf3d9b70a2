//! `payment`: authorizes, captures, voids and refunds the payments of orders, and keeps the ledger. See
//! `README.md`.

use chassis::About;
use chassis::{Running, Shutdown};
use contracts::payment::v1::payment_service_server::PaymentServiceServer;
use contracts::payment::v1::reconciliation_service_server::ReconciliationServiceServer;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::Clock;
use service::Service;
use tokens::Pages;

mod app;
mod config;
mod consumers;
mod domain;
mod failure;
mod grpc;
mod jobs;
mod metrics;
mod provider;
mod schema;
mod store;

pub use app::{cancel_orphans, reconcile};
pub use config::Config;
#[cfg(any(test, fuzzing))]
pub use domain::fuzzing;
pub use grpc::{POLICY, REASONS};
pub use metrics::METRICS;

use app::App;

/// Name and version of this process.
pub const ABOUT: About = chassis::about!();

/// The schema of the database `payment`, embedded.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/payment");

/// Starts the service and returns once its ports are open. The provider may be unavailable.
///
/// # Errors
/// The configuration is invalid, or a port is in use.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    let (service, config) = Service::new(config, MIGRATIONS, shutdown)?;
    let app = App::new(
        config.clone(),
        service.database.clone(),
        service.outbox.clone(),
    )?;
    let reconciler = app.reconciler.clone();
    let pages = Pages::new(service.tokens.clone(), Clock::system());
    let app = || app.clone();
    service
        .metrics(&METRICS)
        .keys_of(&config.upstreams.user)?
        .policy(grpc::POLICY)
        .rpc(PaymentServiceServer::new(grpc::Payments(app())))
        .rpc(ReconciliationServiceServer::new(grpc::Reconciliations {
            reconciler: reconciler.clone(),
            pages,
        }))
        .consume(consumers::queue(), consumers::Commands(app()))
        .job("operation worker", |stop| app().run_operations(stop))
        .job("lookup worker", |stop| app().run_lookups(stop))
        .job("orphan intents", |stop| app().run_orphan_intents(stop))
        .job("reconciler", |stop| reconciler.clone().run(stop))
        .job("reconciliation schedule", |stop| {
            reconciler.keep_schedule(stop)
        })
        .job("retention sweep", |stop| {
            jobs::sweep(app(), config.retention.sweep_every_s, stop)
        })
        .job("ledger roll-up", |stop| {
            jobs::roll_up(app(), config.ledger.roll_up_s, stop)
        })
        .job("old authorizations", |stop| {
            jobs::watch_old_authorizations(app(), config.lookups.authorization_scan_s, stop)
        })
        .start()
        .await
}
