//! `payment`: the money side of orders, and the ledger. See `README.md`.

use std::sync::Arc;

use chassis::admin::{self, Readiness};
use chassis::auth::Keys;
use chassis::grpc::Server;
use chassis::{Running, Shutdown};
use contracts::payment::v1::payment_service_server::PaymentServiceServer;
use contracts::payment::v1::reconciliation_service_server::ReconciliationServiceServer;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::Clock;
use messaging::Broker;
use outbox::Outbox;
use persistence::Database;
use upstream::Upstream;

mod business;
pub mod config;
mod consumers;
mod domain;
mod failure;
mod grpc;
mod jobs;
mod looker;
mod pool;
mod provider;
mod reconciler;
mod schema;
mod store;
mod strays;
mod webhooks;
mod worker;

pub use config::Config;
pub use grpc::REASONS;
pub use reconciler::reconcile;

use looker::Looker;
use pool::Wake;
use provider::Provider;
use reconciler::Reconciler;
use store::Store;
use strays::Strays;
use webhooks::Webhooks;
use worker::Worker;

/// The schema of the database `payment`, embedded.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/payment");

/// Brings the database up to date.
///
/// # Errors
/// The database is away, or a migration fails.
pub async fn migrate(config: Config) -> anyhow::Result<()> {
    persistence::migrate(config.database.session_url(), MIGRATIONS).await?;
    Ok(())
}

/// Starts the service and returns once its ports are open. Database, broker and provider may be
/// away: it goes on as soon as they answer.
///
/// # Errors
/// A configuration that cannot work, or a port that is taken.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    config.check()?;
    messaging::trace::install(messaging::trace::Seam {
        current: chassis::telemetry::current_context,
        context_of: chassis::telemetry::context_of,
        set_parent: chassis::telemetry::set_parent,
        link: chassis::telemetry::link,
    });
    let clock = Clock::system();
    let database = Database::new(&config.database)?;
    let broker = Broker::new(&config.broker)?;
    let outbox = Outbox::new(database.clone(), broker.clone(), config.outbox);
    let store = Store::new(database.clone());
    let provider = Provider::new(&config.provider)?;
    let (wake, news) = (Wake::default(), Wake::default());
    let worker = Worker {
        store: store.clone(),
        provider: provider.clone(),
        outbox: outbox.clone(),
        clock: clock.clone(),
        config: config.worker.clone(),
        lookups: config.lookups.clone(),
        wake: wake.clone(),
    };
    let looker = Looker {
        store: store.clone(),
        provider,
        outbox: outbox.clone(),
        clock: clock.clone(),
        config: config.lookups.clone(),
        wake: news.clone(),
        worker: wake.clone(),
    };
    let strays = Strays {
        store: store.clone(),
        provider: worker.provider.clone(),
        config: config.lookups.clone(),
    };
    let webhooks = Webhooks {
        store: store.clone(),
        clock: clock.clone(),
        config: config.webhooks.clone(),
        news,
    };

    let dead_letters = operations::dead_letters(database.clone(), &broker, &consumers::queue());
    let audit = operations::audit(database.clone());
    let reconciler = Reconciler {
        store: store.clone(),
        provider: worker.provider.clone(),
        clock: clock.clone(),
        config: config.reconciliation,
        wake: Arc::default(),
    };

    let readiness = readiness(&config, &shutdown, &database);
    let admin = admin::serve(&config.admin, readiness.clone(), &shutdown).await?;
    shutdown.spawn("outbox relay", outbox.clone().run(shutdown.token()));
    shutdown.spawn("provider worker", worker.run(shutdown.token()));
    shutdown.spawn("reconciler", reconciler.clone().run(shutdown.token()));
    shutdown.spawn(
        "reconciliation schedule",
        reconciler.clone().keep_schedule(shutdown.token()),
    );
    shutdown.spawn("provider looker", looker.run(shutdown.token()));
    shutdown.spawn("stray intents", strays.run(shutdown.token()));
    shutdown.spawn(
        "sweep",
        jobs::sweep(store.clone(), config.retention, shutdown.token()),
    );
    shutdown.spawn(
        "ledger roll-up",
        jobs::roll_up(store.clone(), config.ledger, shutdown.token()),
    );
    shutdown.spawn(
        "old holds",
        jobs::watch_holds(
            store.clone(),
            config.lookups.clone(),
            clock.clone(),
            shutdown.token(),
        ),
    );
    shutdown.spawn(
        "payment commands",
        outbox::consume(
            database,
            broker,
            consumers::queue(),
            consumers::Commands::new(clock, wake),
            outbox,
            shutdown.token(),
        ),
    );
    let user = Upstream::new("user", &config.upstreams.user)?;
    let keys = Keys::remote(&config.auth, user, &shutdown);
    let rpc = grpc::Rpc { store, webhooks };
    let reconciliations = grpc::ReconciliationRpc { reconciler };
    let listen = Server::new(&config.grpc, grpc::POLICY, keys, readiness, &shutdown)
        .service(PaymentServiceServer::new(rpc))
        .service(ReconciliationServiceServer::new(reconciliations))
        .service(dead_letters)
        .service(audit)
        .serve()
        .await?;
    Ok(Running::new(listen, admin, shutdown))
}

/// The broker is no condition: without it questions are still answered, and what must be told waits
/// in the outbox.
fn readiness(config: &Config, shutdown: &Shutdown, database: &Database) -> Readiness {
    let database = database.clone();
    Readiness::new(&config.admin, shutdown).check("postgres", move || {
        let database = database.clone();
        async move { database.is_reachable().await }
    })
}
