//! `order`: carts, the checkout saga and orders. See `README.md`.

use chassis::About;
use chassis::{Running, Shutdown};
use contracts::order::v1::cart_service_server::CartServiceServer;
use contracts::order::v1::discount_service_server::DiscountServiceServer;
use contracts::order::v1::order_service_server::OrderServiceServer;
use contracts::order::v1::return_service_server::ReturnServiceServer;
use contracts::order::v1::saga_service_server::SagaServiceServer;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::Clock;
use service::Service;

mod app;
mod config;
mod consumers;
mod domain;
mod failure;
mod grpc;
mod jobs;
mod metrics;
mod saga;
mod schema;
mod seed;
mod store;

pub use config::Config;
pub use grpc::{POLICY, REASONS};
pub use metrics::METRICS;
pub use seed::seed;

use app::App;

/// Name and version of the process.
pub const ABOUT: About = chassis::about!();

/// The schema of the database `order`, embedded.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/order");

/// Starts the service and returns once its ports are open. Catalog and user need not be reachable.
///
/// # Errors
/// The configuration is invalid, or a port is in use.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    let (service, config) = Service::new(config, MIGRATIONS, shutdown)?;
    let app = App::new(
        &config,
        service.database.clone(),
        service.outbox.clone(),
        service.tokens.clone(),
        Clock::system(),
    )?;
    let app = || app.clone();
    service
        .metrics(&METRICS)
        .keys_of(&config.upstreams.user)?
        .policy(grpc::POLICY)
        .rpc(CartServiceServer::new(grpc::Carts(app())))
        .rpc(DiscountServiceServer::new(grpc::Discounts(app())))
        .rpc(OrderServiceServer::new(grpc::Orders(app())))
        .rpc(ReturnServiceServer::new(grpc::Returns(app())))
        .rpc(SagaServiceServer::new(grpc::Sagas(app())))
        .consume(consumers::queue(), consumers::Replies(app()))
        .job("overdue sagas", |stop| {
            jobs::continue_overdue(app(), config.saga.tick(), stop)
        })
        .job("retention sweep", |stop| {
            jobs::sweep(app(), config.retention, stop)
        })
        .job("order numbers", |stop| jobs::number_orders(app(), stop))
        .job("saga count", |stop| jobs::measure(app(), stop))
        .start()
        .await
}
