//! `payment`: the money side of orders, and the ledger. See `README.md`.

use chassis::admin::{self, Readiness};
use chassis::auth::Keys;
use chassis::grpc::Server;
use chassis::{Running, Shutdown};
use contracts::payment::v1::payment_service_server::PaymentServiceServer;
use contracts::payment::v1::reconciliation_service_server::ReconciliationServiceServer;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
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
mod pool;
mod provider;
mod schema;
mod store;

pub use app::reconcile;
pub use config::Config;
pub use grpc::REASONS;
pub use metrics::METRICS;

use app::App;

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
    let app = App::new(config.clone(), database.clone(), outbox.clone())?;
    let dead_letters = operations::dead_letters(database.clone(), &broker, &consumers::queue());
    let audit = operations::audit(database.clone());
    let readiness = readiness(&config, &shutdown, &database);
    let admin = admin::serve(&config.admin, readiness.clone(), &shutdown).await?;
    shutdown.spawn("outbox relay", outbox.clone().run(shutdown.token()));
    shutdown.spawn(
        "operation worker",
        app.clone().run_operations(shutdown.token()),
    );
    shutdown.spawn("lookup worker", app.clone().run_lookups(shutdown.token()));
    shutdown.spawn(
        "orphan intents",
        app.clone().run_orphan_intents(shutdown.token()),
    );
    let reconciler = app.reconciler.clone();
    shutdown.spawn("reconciler", reconciler.clone().run(shutdown.token()));
    shutdown.spawn(
        "reconciliation schedule",
        reconciler.clone().keep_schedule(shutdown.token()),
    );
    let every_s = config.retention.sweep_every_s;
    shutdown.spawn("sweep", jobs::sweep(app.clone(), every_s, shutdown.token()));
    let every_s = config.ledger.roll_up_s;
    shutdown.spawn(
        "ledger roll-up",
        jobs::roll_up(app.clone(), every_s, shutdown.token()),
    );
    let every_s = config.lookups.held_sweep_s;
    shutdown.spawn(
        "old holds",
        jobs::watch_holds(app.clone(), every_s, shutdown.token()),
    );
    shutdown.spawn(
        "payment commands",
        outbox::consume(
            database,
            broker,
            consumers::queue(),
            consumers::Commands::new(app.clone()),
            outbox,
            shutdown.token(),
        ),
    );
    let user = Upstream::new("user", &config.upstreams.user)?;
    let keys = Keys::remote(&config.auth, user, &shutdown);
    let rpc = grpc::Rpc { app };
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
