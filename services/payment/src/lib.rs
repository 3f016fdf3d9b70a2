//! `payment`: the money side of orders, and the ledger. See `README.md`.

use chassis::admin::{self, Readiness};
use chassis::auth::Keys;
use chassis::grpc::{Server, Upstream};
use chassis::{Running, Shutdown};
use contracts::payment::v1::payment_service_server::PaymentServiceServer;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::Clock;
use messaging::Broker;
use outbox::Outbox;
use persistence::Database;

pub mod config;
mod consumers;
mod domain;
mod failure;
mod grpc;
mod jobs;
mod provider;
mod schema;
mod store;
mod worker;

pub use config::Config;
pub use grpc::REASONS;

use provider::Provider;
use store::Store;
use worker::{Wake, Worker};

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
    messaging::trace::install(
        chassis::telemetry::current_traceparent,
        chassis::telemetry::set_parent,
    );
    let clock = Clock::system();
    let database = Database::new(&config.database)?;
    let broker = Broker::new(&config.broker)?;
    let outbox = Outbox::new(database.clone(), broker.clone());
    let store = Store::new(database.clone());
    let wake = Wake::default();
    let worker = Worker {
        store: store.clone(),
        provider: Provider::new(&config.provider)?,
        outbox: outbox.clone(),
        clock: clock.clone(),
        config: config.worker.clone(),
        wake: wake.clone(),
    };

    let dead_letters = operations::dead_letters(database.clone(), &broker, &consumers::queue());
    let audit = operations::audit(database.clone());
    let readiness = readiness(&config, &shutdown, &database);
    let admin = admin::serve(&config.admin, readiness.clone(), &shutdown).await?;
    shutdown.spawn("outbox relay", outbox.clone().run(shutdown.token()));
    shutdown.spawn("provider worker", worker.run(shutdown.token()));
    shutdown.spawn(
        "operation sweep",
        jobs::sweep_operations(store.clone(), config.retention, shutdown.token()),
    );
    shutdown.spawn(
        "payment commands",
        outbox::consume(
            database,
            broker,
            consumers::queue(),
            consumers::Commands { clock, wake },
            outbox,
            shutdown.token(),
        ),
    );
    let user = Upstream::new("user", &config.upstreams.user)?;
    let keys = Keys::remote(&config.auth, user, &shutdown);
    let rpc = grpc::Rpc { store };
    let listen = Server::new(&config.grpc, grpc::POLICY, keys, readiness, &shutdown)
        .service(PaymentServiceServer::new(rpc))
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
