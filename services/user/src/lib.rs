//! `user`: who people are and how they prove it. See `README.md`.

use chassis::admin::{self, Readiness};
use chassis::auth::Keys;
use chassis::grpc::Server;
use chassis::{Running, Shutdown, telemetry};
use contracts::user::v1::user_service_server::UserServiceServer;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::Clock;
use messaging::Broker;
use outbox::Outbox;
use persistence::Database;

mod app;
pub mod config;
mod consumers;
mod domain;
mod failure;
mod grpc;
mod jobs;
mod mailer;
mod metrics;
mod schema;
mod seed;
mod store;

pub use config::Config;
pub use grpc::REASONS;
pub use metrics::METRICS;
pub use seed::seed;

use app::{App, SigningKeys};

/// The schema of the database `user`, embedded.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/user");

/// Brings the database up to date.
///
/// # Errors
/// The database is away, or a migration fails.
pub async fn migrate(config: Config) -> anyhow::Result<()> {
    persistence::migrate(config.database.session_url(), MIGRATIONS).await?;
    Ok(())
}

/// Starts the service and returns once its ports are open. Database, broker and mail server may be
/// away: without the first the service is not ready, and goes on as soon as they answer.
///
/// # Errors
/// A configuration that cannot work, or a port that is taken.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    start_at(config, shutdown, Clock::system()).await
}

/// [`start`] with a clock of the caller's: for tests of what takes days.
///
/// # Errors
/// As [`start`].
pub async fn start_at(config: Config, shutdown: Shutdown, clock: Clock) -> anyhow::Result<Running> {
    config.check()?;
    instruments::register(&METRICS);
    messaging::trace::install(messaging::trace::Seam {
        current: telemetry::current_context,
        context_of: telemetry::context_of,
        set_parent: telemetry::set_parent,
        link: telemetry::link,
    });
    let database = Database::new(&config.database)?;
    let broker = Broker::new(&config.broker)?;
    let outbox = Outbox::new(database.clone(), broker.clone(), config.outbox);
    let app = App::new(&config, database.clone(), clock)?;
    let dead_letters = operations::dead_letters(database.clone(), &broker, &consumers::queue());
    let audit = operations::audit(database.clone());

    let readiness = readiness(&config, &shutdown, &database, &app.signing_keys);
    let admin = admin::serve(&config.admin, readiness.clone(), &shutdown).await?;
    shutdown.spawn(
        "signing keys",
        app.signing_keys
            .clone()
            .run(config.signing_keys.refresh_every(), shutdown.token()),
    );
    shutdown.spawn(
        "session sweep",
        jobs::sweep_sessions(app.clone(), config.sessions.sweep_every(), shutdown.token()),
    );
    shutdown.spawn("outbox relay", outbox.clone().run(shutdown.token()));
    shutdown.spawn(
        "user notifications",
        outbox::consume(
            database,
            broker,
            consumers::queue(),
            consumers::Notifications::new(app.clone()),
            outbox,
            shutdown.token(),
        ),
    );
    if let Some(email_sender) = app.email_sender.clone() {
        let stop = shutdown.token();
        shutdown.spawn("email sender", async move { email_sender.run(stop).await });
    }
    shutdown.spawn(
        "notification sweep",
        jobs::sweep_notifications(app.clone(), config.mail.clone(), shutdown.token()),
    );
    let signing_keys = app.signing_keys.clone();
    let source = move || {
        let signing_keys = signing_keys.clone();
        async move { Ok(signing_keys.jwks().await?) }
    };
    let keys = Keys::from_source(&config.auth, source, &shutdown);
    let listen = Server::new(&config.grpc, grpc::POLICY, keys, readiness, &shutdown)
        .service(UserServiceServer::new(grpc::Rpc(app)))
        .service(dead_letters)
        .service(audit)
        .serve()
        .await?;
    Ok(Running::new(listen, admin, shutdown))
}

/// Broker and mail server are no conditions: messages and e-mails wait for them.
fn readiness(
    config: &Config,
    shutdown: &Shutdown,
    database: &Database,
    signing_keys: &SigningKeys,
) -> Readiness {
    let (database, signing_keys) = (database.clone(), signing_keys.clone());
    Readiness::new(&config.admin, shutdown)
        .check("postgres", move || {
            let database = database.clone();
            async move { database.is_reachable().await }
        })
        .check("signing keys", move || {
            let loaded = signing_keys.is_loaded();
            async move { loaded }
        })
}
