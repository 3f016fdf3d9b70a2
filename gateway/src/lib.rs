//! `gateway`: the only public door. REST under `/api/v1`, in front of the services. See `README.md`.
//!
//! A request passes `edge` (middleware, then the gate: token, rate limit, access), a handler of `rest`
//! by the table in `rest/routes.rs`, and `upstreams`, which calls a service. Every error is a
//! `problem`.

use std::{future::ready, net::TcpListener, rc::Rc, time::Duration};

use actix_web::{HttpServer, web::Data};
use anyhow::Context;
use chassis::{About, Running, Shutdown, admin, auth::Keys};
use messaging::Broker;

mod cache;
pub mod config;
mod edge;
mod metrics;
mod model;
mod rest;
mod upstreams;

pub use config::Config;
pub use edge::{problem, route};
pub use metrics::METRICS;
pub use rest::{openapi, routes};

use crate::{
    cache::Pages,
    edge::{
        client_address::TrustedProxies,
        gate::Gate,
        middleware::{self, Policy},
        rate_limit::Limiter,
    },
    upstreams::Channels,
};

/// Who this process is.
pub const ABOUT: About = chassis::about!();

/// Starts the gateway. It is ready as soon as it knows the keys that verify access tokens; neither
/// the broker nor Redis nor any other service makes it unready.
///
/// # Errors
/// The configuration cannot be used, or a port cannot be bound.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    instruments::register(&METRICS);
    let (admin, drain_ms) = (config.admin, config.shutdown.drain_ms);
    let config = config.own;
    let channels = Channels::new(&config.upstreams)?;
    let keys = Keys::remote(&config.auth, channels.user.clone(), &shutdown);
    let readiness = admin::Readiness::new(&admin, &shutdown).check("keys", {
        let keys = keys.clone();
        move || ready(keys.are_known())
    });
    let broker = Broker::new(&config.broker)?;
    let pages = Pages::new(&config.cache);
    let events = cache::events::subscribe(&broker);
    shutdown.spawn(
        "product events",
        cache::events::follow(events, pages.clone(), shutdown.token()),
    );

    let gate = Data::new(Gate {
        keys,
        limiter: Limiter::new(&config.rate_limit)?,
        trusted_proxies: TrustedProxies::new(&config.http.trusted_proxies)?,
    });
    let listener = TcpListener::bind(config.http.listen)
        .with_context(|| format!("cannot listen on {} (http.listen)", config.http.listen))?;
    let address = listener.local_addr()?;
    serve(
        &config, drain_ms, listener, &shutdown, channels, gate, pages,
    )?;
    let admin = admin::serve(&admin, readiness, &shutdown).await?;
    tracing::info!(%address, %admin, "gateway listens");
    Ok(Running::new(address, admin, shutdown))
}

fn serve(
    config: &config::Own,
    drain_ms: u64,
    listener: TcpListener,
    shutdown: &Shutdown,
    channels: Channels,
    gate: Data<Gate>,
    pages: Pages,
) -> anyhow::Result<()> {
    let http = Data::new(config.http.clone());
    let budget = Data::new(config.budget.clone());
    let policy = Data::new(Policy::new(&config.http));
    let pages = Data::new(pages);
    let settings = &config.http;
    let workers = match settings.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        workers => workers,
    };
    let server = HttpServer::new(move || {
        middleware::app(http.clone(), rest::configure)
            .app_data(budget.clone())
            .app_data(policy.clone())
            .app_data(gate.clone())
            .app_data(pages.clone())
            .app_data(Rc::new(channels.of_worker()))
    })
    .workers(workers)
    .max_connections(settings.max_connections)
    .keep_alive(Duration::from_secs(settings.keep_alive_s))
    .client_request_timeout(Duration::from_millis(settings.head_timeout_ms))
    .shutdown_timeout(drain_ms.div_ceil(1_000))
    .disable_signals()
    .listen(listener)?
    .run();

    let handle = server.handle();
    let draining = shutdown.clone();
    shutdown.spawn_server("http", async move {
        let stop = async {
            draining.draining().await;
            handle.stop(true).await;
        };
        tokio::join!(server, stop).0
    });
    Ok(())
}
