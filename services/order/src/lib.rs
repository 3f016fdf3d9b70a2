//! Carts, the checkout saga and orders.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chassis::admin::{self, Readiness};
use chassis::auth::Keys;
use chassis::grpc::{Server, Upstream};
use chassis::process::About;
use chassis::{Running, Shutdown};
use contracts::order::v1::cart_service_server::CartServiceServer;
use contracts::order::v1::order_service_server::OrderServiceServer;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::Clock;
use messaging::Broker;
use outbox::Outbox;
use persistence::Database;

mod config;
mod consumers;
mod domain;
mod failure;
mod grpc;
mod jobs;
mod prices;
mod saga;
mod schema;
mod shop;
mod store;

pub use config::{CheckoutConfig, Config, DEFAULTS, RetentionConfig, Timing, Upstreams};
pub use grpc::REASONS;

use crate::domain::destination::Destinations;
use crate::prices::Prices;
use crate::shop::Shop;
use crate::store::Store;

/// The schema of `order`'s database.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/order");

/// Who this process is.
pub const ABOUT: About = About {
    name: "order",
    version: env!("CARGO_PKG_VERSION"),
    defaults: DEFAULTS,
};

/// Where the shop ships to, and what that costs.
const DESTINATIONS: &str = include_str!("../config/destinations.toml");

/// Starts the service and returns once it listens. It runs until `shutdown`, whatever of its
/// surroundings is away.
///
/// # Errors
/// A value of the configuration that cannot work, or an address that cannot be bound.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    config.check()?;
    messaging::trace::install(
        chassis::telemetry::current_traceparent,
        chassis::telemetry::set_parent,
    );
    let database = Database::new(&config.database)?;
    let broker = Broker::new(&config.broker)?;
    let outbox = Outbox::new(database.clone(), broker.clone());
    let catalog = Upstream::new("catalog", &config.upstreams.catalog)?;
    let user = Upstream::new("user", &config.upstreams.user)?;
    let keys = Keys::remote(&config.auth, user, &shutdown);
    let shop = Arc::new(Shop {
        store: Store::new(database.clone(), config.saga),
        prices: Prices::new(catalog),
        destinations: Destinations::parse(DESTINATIONS).context("config/destinations.toml")?,
        outbox: outbox.clone(),
        clock: Clock::system(),
        key_wait_ms: config.checkout.key_wait_ms,
    });

    let stop = shutdown.token();
    shutdown.spawn("outbox", outbox.clone().run(stop.clone()));
    let replies = outbox::consume(
        database.clone(),
        broker.clone(),
        consumers::replies(),
        consumers::Replies(Arc::clone(&shop)),
        outbox,
        stop.clone(),
    );
    shutdown.spawn("order.replies", replies);
    let tick = Duration::from_millis(config.saga.tick_ms);
    shutdown.spawn(
        "pursue",
        jobs::pursue(Arc::clone(&shop), tick, stop.clone()),
    );
    let (every, keep_keys) = (
        config.retention.sweep_every(),
        config.retention.idempotency_keys(),
    );
    shutdown.spawn(
        "sweep",
        jobs::sweep(Arc::clone(&shop), every, keep_keys, stop.clone()),
    );
    shutdown.spawn("measure", jobs::measure(Arc::clone(&shop), stop));

    let readiness = Readiness::new(&config.admin, &shutdown)
        .check("postgres", move || {
            let database = database.clone();
            async move { database.is_reachable().await }
        })
        .check("rabbitmq", move || {
            let connected = broker.is_connected();
            async move { connected }
        });
    let admin = admin::serve(&config.admin, readiness.clone(), &shutdown).await?;
    let listen = Server::new(&config.grpc, grpc::POLICY, keys, readiness, &shutdown)
        .service(CartServiceServer::new(grpc::Carts(Arc::clone(&shop))))
        .service(OrderServiceServer::new(grpc::Orders(shop)))
        .serve()
        .await?;
    Ok(Running::new(listen, admin, shutdown))
}

/// Brings the database's schema up to date.
///
/// # Errors
/// The database cannot be reached, or a migration failed.
pub async fn migrate(config: Config) -> anyhow::Result<()> {
    let database = &config.database;
    let url = database.direct_url.as_ref().unwrap_or(&database.url);
    persistence::migrate(url, MIGRATIONS).await?;
    Ok(())
}
