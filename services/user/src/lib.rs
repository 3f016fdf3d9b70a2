//! `user`: who people are and how they prove it. See `README.md`.

use std::sync::Arc;

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

pub mod config;
mod consumers;
mod domain;
mod failure;
mod grpc;
mod identity;
mod jobs;
mod keyring;
mod mailer;
mod passwords;
mod postman;
mod schema;
mod seed;
mod store;
mod tokens;

pub use config::Config;
pub use grpc::REASONS;
pub use seed::seed;

use identity::Identity;
use keyring::Keyring;
use passwords::Passwords;
use postman::Postman;
use store::Store;
use tokens::AccessTokens;

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
    messaging::trace::install(messaging::trace::Seam {
        current: telemetry::current_context,
        context_of: telemetry::context_of,
        set_parent: telemetry::set_parent,
        link: telemetry::link,
    });
    let database = Database::new(&config.database)?;
    let broker = Broker::new(&config.broker)?;
    let outbox = Outbox::new(database.clone(), broker.clone(), config.outbox);
    let store = Store::new(database.clone());
    let dead_letters = operations::dead_letters(database.clone(), &broker, &consumers::queue());
    let audit = operations::audit(database.clone());
    let keyring = Keyring::new(
        store.clone(),
        clock.clone(),
        &config.signing_keys.encryption_key,
        config.signing_keys.rotation(config.sessions.access_token()),
    )?;
    let identity = Arc::new(Identity {
        store: store.clone(),
        passwords: Passwords::new(&config.passwords)?,
        keyring: keyring.clone(),
        access_tokens: AccessTokens {
            issuer: config.auth.issuer.clone(),
            audience: config.auth.audience.clone(),
            lifetime: config.sessions.access_token(),
        },
        lifetimes: config.sessions.lifetimes(),
        clock: clock.clone(),
    });

    let readiness = readiness(&config, &shutdown, &database, &keyring);
    let admin = admin::serve(&config.admin, readiness.clone(), &shutdown).await?;
    shutdown.spawn(
        "signing keys",
        keyring
            .clone()
            .run(config.signing_keys.refresh_every(), shutdown.token()),
    );
    shutdown.spawn(
        "session sweep",
        jobs::sweep_sessions(
            store.clone(),
            clock.clone(),
            config.sessions.sweep_every(),
            shutdown.token(),
        ),
    );
    let postman = Postman::new(&config.mail, store.clone(), clock)?;
    let notices = consumers::Notices::new(postman.as_ref().map(Postman::wake));
    shutdown.spawn("outbox relay", outbox.clone().run(shutdown.token()));
    shutdown.spawn(
        "user notifications",
        outbox::consume(
            database,
            broker,
            consumers::queue(),
            notices,
            outbox,
            shutdown.token(),
        ),
    );
    if let Some(postman) = postman {
        shutdown.spawn("postman", postman.run(shutdown.token()));
    }
    shutdown.spawn(
        "notification sweep",
        jobs::sweep_notices(store, config.mail.clone(), shutdown.token()),
    );
    let source = move || {
        let keyring = keyring.clone();
        async move { Ok(keyring.jwks().await?) }
    };
    let keys = Keys::from_source(&config.auth, source, &shutdown);
    let listen = Server::new(&config.grpc, grpc::POLICY, keys, readiness, &shutdown)
        .service(UserServiceServer::new(grpc::Rpc(identity)))
        .service(dead_letters)
        .service(audit)
        .serve()
        .await?;
    Ok(Running::new(listen, admin, shutdown))
}

/// Broker and mail server are no conditions: news and mails wait for them.
fn readiness(
    config: &Config,
    shutdown: &Shutdown,
    database: &Database,
    keyring: &Keyring,
) -> Readiness {
    let (database, keyring) = (database.clone(), keyring.clone());
    Readiness::new(&config.admin, shutdown)
        .check("postgres", move || {
            let database = database.clone();
            async move { database.is_reachable().await }
        })
        .check("signing keys", move || {
            let loaded = keyring.is_loaded();
            async move { loaded }
        })
}
