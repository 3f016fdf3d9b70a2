//! `catalog`: what can be bought and how much of it there is. See `README.md`.

use chassis::admin::{self, Readiness};
use chassis::auth::Keys;
use chassis::grpc::Server;
use chassis::{Running, Shutdown};
use contracts::catalog::v1::catalog_service_server::CatalogServiceServer;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::Clock;
use messaging::Broker;
use outbox::Outbox;
use persistence::Database;
use upstream::Upstream;

mod app;
mod cache;
pub mod config;
mod consumers;
mod domain;
mod failure;
mod grpc;
mod jobs;
mod metrics;
#[expect(unreachable_pub, reason = "generated")]
mod schema;
mod seed;
mod store;

pub use config::Config;
pub use grpc::REASONS;
pub use metrics::METRICS;
pub use seed::seed;

use app::App;

/// The schema of the database `catalog`, embedded.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/catalog");

/// Brings the database up to date.
///
/// # Errors
/// The database is away, or a migration fails.
pub async fn migrate(config: Config) -> anyhow::Result<()> {
    persistence::migrate(config.database.session_url(), MIGRATIONS).await?;
    Ok(())
}

/// Starts the service and returns once its ports are open. Database, broker and Redis may be away:
/// without the first the service is not ready, and goes on as soon as they answer.
///
/// # Errors
/// A configuration that cannot work, or a port that is taken.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    start_at(config, shutdown, Clock::system()).await
}

/// [`start`] with a clock of the caller's: for tests of what takes minutes.
///
/// # Errors
/// As [`start`].
pub async fn start_at(config: Config, shutdown: Shutdown, clock: Clock) -> anyhow::Result<Running> {
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
    let app = App::new(&config, database.clone(), outbox.clone(), clock)?;
    let dead_letters = operations::dead_letters(database.clone(), &broker, &consumers::queue());
    let audit = operations::audit(database.clone());
    let readiness = readiness(&config, &shutdown, &database);
    let admin = admin::serve(&config.admin, readiness.clone(), &shutdown).await?;
    shutdown.spawn("outbox relay", outbox.clone().run(shutdown.token()));
    shutdown.spawn(
        "product events",
        consumers::evict_changed(
            consumers::product_events(&broker),
            app.clone(),
            shutdown.token(),
        ),
    );
    shutdown.spawn(
        "catalog commands",
        outbox::consume(
            database,
            broker,
            consumers::queue(),
            consumers::Commands::new(app.store.clone()),
            outbox,
            shutdown.token(),
        ),
    );
    shutdown.spawn(
        "reservation expiry",
        jobs::expire_reservations(
            app.clone(),
            config.reservations.expiry_interval(),
            config.reservations.expiry_batch,
            shutdown.token(),
        ),
    );
    let user = Upstream::new("user", &config.upstreams.user)?;
    let keys = Keys::remote(&config.auth, user, &shutdown);
    let listen = Server::new(&config.grpc, grpc::POLICY, keys, readiness, &shutdown)
        .service(CatalogServiceServer::new(grpc::Rpc(app)))
        .service(dead_letters)
        .service(audit)
        .serve()
        .await?;
    Ok(Running::new(listen, admin, shutdown))
}

/// Redis and the broker are no conditions: without them reads are still answered, and messages wait in
/// the outbox.
fn readiness(config: &Config, shutdown: &Shutdown, database: &Database) -> Readiness {
    let database = database.clone();
    Readiness::new(&config.admin, shutdown).check("postgres", move || {
        let database = database.clone();
        async move { database.is_reachable().await }
    })
}
