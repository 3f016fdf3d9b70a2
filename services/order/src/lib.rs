//! `order`: carts, the checkout saga and orders. See `README.md`.

use std::sync::Arc;

use anyhow::Context;
use chassis::admin::{self, Readiness};
use chassis::auth::Keys;
use chassis::grpc::Server;
use chassis::{Running, Shutdown};
use contracts::order::v1::cart_service_server::CartServiceServer;
use contracts::order::v1::order_service_server::OrderServiceServer;
use contracts::order::v1::saga_service_server::SagaServiceServer;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::Clock;
use messaging::Broker;
use outbox::Outbox;
use persistence::Database;
use upstream::Upstream;

mod app;
pub mod config;
mod consumers;
mod domain;
mod failure;
mod grpc;
mod jobs;
mod metrics;
mod saga;
mod schema;
mod store;

pub use config::Config;
pub use grpc::REASONS;
pub use metrics::METRICS;

use app::{App, Prices};
use domain::Destinations;
use store::Store;

/// The schema of the database `order`, embedded.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/order");

/// Where the shop ships to, and what that costs.
const DESTINATIONS: &str = include_str!("../config/destinations.toml");

/// Brings the database up to date.
///
/// # Errors
/// The database is away, or a migration fails.
pub async fn migrate(config: Config) -> anyhow::Result<()> {
    persistence::migrate(config.database.session_url(), MIGRATIONS).await?;
    Ok(())
}

/// Starts the service and returns once its ports are open. Database, broker, catalog and user may be
/// away: without the first the service is not ready, and goes on as soon as they answer.
///
/// # Errors
/// A configuration that cannot work, or a port that is taken.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    config.check()?;
    instruments::register(&METRICS);
    messaging::trace::install(messaging::trace::Seam {
        current: chassis::telemetry::current_context,
        context_of: chassis::telemetry::context_of,
        set_parent: chassis::telemetry::set_parent,
        link: chassis::telemetry::link,
    });
    let database = Database::new(&config.database)?;
    let broker = Broker::new(&config.broker)?;
    let outbox = Outbox::new(database.clone(), broker.clone(), config.outbox);
    let catalog = Upstream::new("catalog", &config.upstreams.catalog)?;
    let app = Arc::new(App {
        store: Store::new(database.clone(), config.saga),
        prices: Prices::new(catalog),
        destinations: Destinations::parse(DESTINATIONS).context("config/destinations.toml")?,
        outbox: outbox.clone(),
        clock: Clock::system(),
        key_wait_ms: config.checkout.key_wait_ms,
    });

    let dead_letters = operations::dead_letters(database.clone(), &broker, &consumers::queue());
    let audit = operations::audit(database.clone());
    let readiness = readiness(&config, &shutdown, &database);
    let admin = admin::serve(&config.admin, readiness.clone(), &shutdown).await?;
    shutdown.spawn("outbox relay", outbox.clone().run(shutdown.token()));
    shutdown.spawn(
        "order replies",
        outbox::consume(
            database,
            broker,
            consumers::queue(),
            consumers::Replies::new(Arc::clone(&app)),
            outbox,
            shutdown.token(),
        ),
    );
    shutdown.spawn(
        "saga pursuit",
        jobs::continue_overdue(Arc::clone(&app), config.saga.tick(), shutdown.token()),
    );
    shutdown.spawn(
        "retention sweep",
        jobs::sweep(Arc::clone(&app), config.retention.clone(), shutdown.token()),
    );
    shutdown.spawn(
        "saga count",
        jobs::measure(Arc::clone(&app), shutdown.token()),
    );
    let user = Upstream::new("user", &config.upstreams.user)?;
    let keys = Keys::remote(&config.auth, user, &shutdown);
    let listen = Server::new(&config.grpc, grpc::POLICY, keys, readiness, &shutdown)
        .service(CartServiceServer::new(grpc::Carts(Arc::clone(&app))))
        .service(OrderServiceServer::new(grpc::Orders(Arc::clone(&app))))
        .service(SagaServiceServer::new(grpc::Sagas(app)))
        .service(dead_letters)
        .service(audit)
        .serve()
        .await?;
    Ok(Running::new(listen, admin, shutdown))
}

/// The broker is no condition: without it orders are still taken, and what must be told waits in the
/// outbox.
fn readiness(config: &Config, shutdown: &Shutdown, database: &Database) -> Readiness {
    let database = database.clone();
    Readiness::new(&config.admin, shutdown).check("postgres", move || {
        let database = database.clone();
        async move { database.is_reachable().await }
    })
}
