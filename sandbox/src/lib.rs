//! `sandbox`: a stand-in payment provider. It implements the subset of Stripe's HTTP API that `payment`
//! uses. With a control key it has controls that inject latency, failures and lost responses. See `README.md`.

mod api;
mod auth;
mod behavior;
mod browser;
mod cards;
mod challenge;
pub mod config;
mod control;
mod error;
mod faults;
mod form;
mod lifecycle;
mod metrics;
mod model;
mod provider;
mod signature;
mod store;
mod timers;
mod trace;
mod units;
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

use behavior::Behavior;
use control::ControlKey;
use provider::Provider;
use store::Store;
use webhooks::Sender;

pub use config::Config;
pub use metrics::METRICS;

/// Name and version of this process.
pub const ABOUT: About = chassis::about!();

/// Starts the provider and returns its addresses.
///
/// # Errors
/// An address cannot be bound, the state file cannot be opened, or a setting is invalid.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    instruments::register(&METRICS);
    let (admin, drain_ms) = (config.admin, config.shutdown.drain_ms);
    let config = config.own;
    let store = Store::open(&config.state.path, config.provider.remember.max(1))?;
    let sender = Sender::new(&config.webhooks)?;
    let listener = TcpListener::bind(config.http.listen)
        .with_context(|| format!("cannot listen on {} (http.listen)", config.http.listen))?;
    let address = listener.local_addr()?;
    let behavior = behavior(&config, address, sender.is_some());
    let control_key = ControlKey::of(&config.controls.key);
    let secret_key = config.provider.secret_key;
    let provider = web::Data::new(Provider::new(secret_key, behavior, store, Clock::system()));
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
            .configure(|app| {
                if let Some(key) = control_key {
                    control::routes(app, key);
                }
            })
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

        let (outcome, ()) = tokio::join!(server, stopping);
        outcome
    });
    let readiness = Readiness::new(&admin, &shutdown);
    let admin = admin::serve(&admin, readiness, &shutdown).await?;
    let has_controls = control_key.is_some();
    tracing::info!(%address, %admin, has_controls, "sandbox serves the payment provider's API");
    Ok(Running::new(address, admin, shutdown))
}

fn behavior(config: &config::Own, address: SocketAddr, sends_events: bool) -> Behavior {
    let public_url = match config.http.public_url.trim_end_matches('/') {
        "" => format!("http://{address}"),
        url => url.to_owned(),
    };
    Behavior {
        public_url,
        authorization_lifetime: TimeDelta::seconds(config.provider.authorization_lifetime_s.into()),
        refund_delay: TimeDelta::milliseconds(config.provider.refund_delay_ms.into()),
        sends_events,
    }
}
