//! `sandbox`: a stand-in payment provider. It speaks the subset of Stripe's HTTP API that the shop
//! uses, and has controls that make it slow, fail, or lose an answer after acting. See `README.md`.

mod api;
mod auth;
mod book;
mod cards;
mod challenge;
pub mod config;
mod control;
mod error;
mod faults;
mod form;
mod habits;
mod life;
mod metrics;
mod model;
mod provider;
mod signature;
mod timers;
mod trace;
mod webhooks;

use std::net::{SocketAddr, TcpListener};

use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use anyhow::Context;
use chassis::About;
use chassis::admin::{self, Readiness};
use chassis::{Running, Shutdown};
use chrono::TimeDelta;
use kernel::Clock;

use book::Book;
use habits::Habits;
use provider::Provider;
use webhooks::Sender;

pub use config::Config;
pub use metrics::METRICS;

/// Who this process is.
pub const ABOUT: About = chassis::about!();

/// Starts the provider and returns where it listens. Port 0 takes a free one.
///
/// # Errors
/// An address cannot be bound, the file of the state cannot be opened, or a setting cannot work.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    instruments::register(&METRICS);
    let (admin, drain_ms) = (config.admin, config.shutdown.drain_ms);
    let config = config.own;
    let book = Book::open(&config.state.path, config.provider.remember.max(1))?;
    let sender = Sender::new(&config.webhooks)?;
    let listener = TcpListener::bind(config.http.listen)
        .with_context(|| format!("cannot listen on {} (http.listen)", config.http.listen))?;
    let address = listener.local_addr()?;
    let habits = habits(&config, address, sender.is_some());
    let secret_key = config.provider.secret_key;
    let provider = web::Data::new(Provider::new(secret_key, habits, book, Clock::system()));
    shutdown.spawn("timers", timers::run(provider.clone(), shutdown.token()));
    if let Some(sender) = sender {
        shutdown.spawn("webhooks", sender.run(provider.clone(), shutdown.token()));
    }
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(trace::traced))
            .app_data(provider.clone())
            .configure(api::routes)
            .configure(challenge::routes)
            .configure(control::routes)
            .default_service(web::to(api::unknown_url))
    })
    .workers(config.http.workers.max(1))
    .shutdown_timeout(drain_ms.div_ceil(1_000))
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
    let readiness = Readiness::new(&admin, &shutdown);
    let admin = admin::serve(&admin, readiness, &shutdown).await?;
    tracing::info!(%address, %admin, "the sandbox answers as the payment provider");
    Ok(Running::new(address, admin, shutdown))
}

fn habits(config: &config::Own, address: SocketAddr, sends_events: bool) -> Habits {
    let public_url = match config.http.public_url.trim_end_matches('/') {
        "" => format!("http://{address}"),
        url => url.to_owned(),
    };
    Habits {
        public_url,
        authorization_lifetime: TimeDelta::seconds(config.provider.authorization_lifetime_s.into()),
        refund_delay: TimeDelta::milliseconds(config.provider.refund_delay_ms.into()),
        sends_events,
    }
}
