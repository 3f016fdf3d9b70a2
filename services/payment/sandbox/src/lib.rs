//! `sandbox`: a stand-in payment provider. It speaks the subset of Stripe's HTTP API that the shop
//! uses, and has controls that make it slow, fail, or lose an answer after acting. See `README.md`.

mod api;
mod auth;
mod book;
mod cards;
pub mod config;
mod control;
mod error;
mod faults;
mod form;
mod model;
mod provider;

use std::net::TcpListener;

use actix_web::{App, HttpServer, web};
use anyhow::Context;
use chassis::admin::{self, Readiness};
use chassis::{Running, Shutdown};
use kernel::Clock;

pub use config::Config;

/// Starts the provider and returns where it listens. Port 0 takes a free one.
///
/// # Errors
/// An address cannot be bound.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    let listener = TcpListener::bind(config.http.listen)
        .with_context(|| format!("cannot listen on {} (http.listen)", config.http.listen))?;
    let address = listener.local_addr()?;
    let provider = web::Data::new(provider::Provider::new(
        config.provider.secret_key,
        config.provider.remember.max(1),
        Clock::system(),
    ));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(provider.clone())
            .configure(api::routes)
            .configure(control::routes)
            .default_service(web::to(api::unknown_url))
    })
    .workers(config.http.workers.max(1))
    .shutdown_timeout(config.shutdown.drain_ms.div_ceil(1_000))
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    let stop = shutdown.clone();
    shutdown.spawn_server("http", async move {
        let stopping = async {
            stop.draining().await;
            handle.stop(true).await;
        };
        // The server ends by itself once it was told to stop.
        let (outcome, ()) = tokio::join!(server, stopping);
        outcome
    });
    let readiness = Readiness::new(&config.admin, &shutdown);
    let admin = admin::serve(&config.admin, readiness, &shutdown).await?;
    tracing::info!(%address, %admin, "the sandbox answers as the payment provider");
    Ok(Running::new(address, admin, shutdown))
}
