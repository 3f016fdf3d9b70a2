//! `gateway`: the only public entry point. The shop's pages and REST under `/api/v1`, in front of the services. See
//! `README.md`.
//!
//! A request passes `edge` (middleware, then the gate: token, rate limit, access). The table in
//! `rest/routes.rs` or of an area of `pages` maps it to a handler, which calls a service through
//! `upstreams`. Every error is a `problem`.

use std::{future::ready, net::TcpListener, rc::Rc, sync::Arc};

use actix_web::web::{Data, ServiceConfig};
use chassis::{About, Running, Shutdown, admin, auth::Keys};
use kernel::Clock;
use messaging::Broker;

mod cache;
pub mod config;
mod edge;
mod faults;
mod metrics;
mod model;
mod pages;
mod progress;
mod rest;
mod system;
mod upstreams;

pub use config::Config;
#[cfg(any(test, fuzzing))]
pub use edge::client_address::fuzzing;
pub use edge::{problem, route};
pub use metrics::METRICS;
pub use pages::{shop, staff};
pub use rest::{openapi, routes};

use crate::{
    cache::ProductCache,
    edge::{
        client_address::TrustedProxies,
        connection::Connections,
        gate::Gate,
        middleware::{self, Policy},
        rate_limit::Limiter,
        server,
    },
    faults::Faults,
    progress::Progress,
    system::{OwnProcess, System},
    upstreams::Channels,
};

/// Name and version of this process.
pub const ABOUT: About = chassis::about!();

/// Starts the gateway. It is ready once it has fetched the keys that verify access tokens. Readiness
/// does not depend on the broker, Redis or any other service.
///
/// # Errors
/// The configuration is invalid, or a port cannot be bound.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    instruments::register(&METRICS);
    let (in_force, revision) = (config.in_force, config.telemetry.revision);
    let (admin, drain_ms) = (config.admin, config.shutdown.drain_ms);
    let config = config.own;
    let channels = Channels::new(&config.upstreams)?;
    let keys = Keys::remote(&config.auth, channels.user.clone(), &shutdown);
    let readiness = admin::Readiness::new(&admin, &shutdown).check("keys", {
        let keys = keys.clone();
        move || ready(keys.are_loaded())
    });
    let broker = Broker::new(&config.broker)?;
    let cache = ProductCache::new(&config.cache);
    let events = cache::events::subscribe(&broker);
    shutdown.spawn(
        "product events",
        cache::events::follow(events, cache.clone(), shutdown.token()),
    );

    let progress = Progress::new(&config.streams, &shutdown);
    let events = progress::events::subscribe(&broker);
    shutdown.spawn(
        "order events",
        progress::events::follow(events, progress.clone(), shutdown.token()),
    );

    let trusted_proxies = TrustedProxies::new(&config.http)?;
    let connections = Arc::new(Connections::new(&config.http, trusted_proxies.clone()));
    let gate = Data::new(Gate {
        keys,
        limiter: Limiter::new(&config.rate_limit)?,
        trusted_proxies,
    });
    let listener = server::listen(&config.http)?;
    let address = listener.local_addr()?;
    let port = Port {
        listener,
        connections,
        drain_ms,
    };
    let own = OwnProcess {
        in_force,
        revision,
        started_at: Clock::system().now(),
        readiness: readiness.clone(),
    };
    let shared = Shared {
        system: System::new(channels.clone(), own),
        channels,
        gate,
        cache,
        progress,
    };
    serve(&config, port, &shutdown, shared)?;
    let admin = admin::serve(&admin, readiness, &shutdown).await?;
    tracing::info!(%address, %admin, "gateway listens");
    Ok(Running::new(address, admin, shutdown))
}

/// Every URL.
fn tables(config: &mut ServiceConfig) {
    rest::configure(config);
    pages::configure(config);
}

/// The public port.
struct Port {
    listener: TcpListener,
    connections: Arc<Connections>,
    drain_ms: u64,
}

/// What all workers share.
struct Shared {
    channels: Channels,
    gate: Data<Gate>,
    cache: ProductCache,
    progress: Progress,
    system: Data<System>,
}

fn serve(
    config: &config::Own,
    port: Port,
    shutdown: &Shutdown,
    shared: Shared,
) -> anyhow::Result<()> {
    let Shared {
        channels,
        gate,
        cache,
        progress,
        system,
    } = shared;
    let http = Data::new(config.http.clone());
    let budget = Data::new(config.budget.clone());
    let policy = Data::new(Policy::new(&config.http));
    let memory = Data::new(rest::BodyMemory::new(&config.http));
    let cache = Data::new(cache);
    let progress = Data::new(progress);
    let ending = Data::new(shutdown.clone());
    let (settings, problem_page) = pages::settings(&config.pages);
    let faults = Data::new(Faults::new(&config.faults)?);
    let application = move || {
        middleware::app(http.clone(), tables)
            .app_data(settings.clone())
            .app_data(problem_page.clone())
            .app_data(budget.clone())
            .app_data(policy.clone())
            .app_data(memory.clone())
            .app_data(gate.clone())
            .app_data(cache.clone())
            .app_data(progress.clone())
            .app_data(system.clone())
            .app_data(ending.clone())
            .app_data(faults.clone())
            .app_data(Rc::new(channels.of_worker()))
    };
    let Port {
        listener,
        connections,
        drain_ms,
    } = port;
    let drain_s = drain_ms.div_ceil(1_000);
    let server = server::serve(&config.http, drain_s, listener, &connections, application)?;

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
