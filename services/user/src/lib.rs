//! `user`: accounts, sessions, addresses and e-mail notifications. See `README.md`.

use std::future::ready;

use chassis::{About, Running, Shutdown};
use contracts::user::v1::account_service_server::AccountServiceServer;
use contracts::user::v1::customer_service_server::CustomerServiceServer;
use contracts::user::v1::staff_service_server::StaffServiceServer;
use contracts::user::v1::user_service_server::UserServiceServer;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::Clock;
use service::Service;

mod app;
mod config;
mod consumers;
mod domain;
mod failure;
mod grpc;
mod jobs;
mod mailer;
mod metrics;
mod revocation;
mod schema;
mod seed;
mod staff_command;
mod store;

pub use config::Config;
pub use grpc::{POLICY, REASONS};
pub use metrics::METRICS;
pub use revocation::revoke_signing_key;
pub use seed::seed;
pub use staff_command::{invite_staff, remove_staff, set_staff_groups};

use app::App;

/// Name and version of this process.
pub const ABOUT: About = chassis::about!();

/// The schema of the database `user`, embedded.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/user");

/// Starts the service and returns once its ports are open. The mail server may be unavailable.
///
/// # Errors
/// The configuration is invalid, or a port is taken.
pub async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    start_at(config, shutdown, Clock::system()).await
}

/// [`start`] with the clock of a test.
///
/// # Errors
/// As [`start`].
pub async fn start_at(config: Config, shutdown: Shutdown, clock: Clock) -> anyhow::Result<Running> {
    let (service, config) = Service::new(config, MIGRATIONS, shutdown)?;
    let (tokens, database) = (service.tokens.clone(), service.database.clone());
    let app = App::new(&config, &service.auth, tokens, database, clock)?;
    let [keys, loaded] = [app.signing_keys.clone(), app.signing_keys.clone()];
    let service = service
        .metrics(&METRICS)
        .keys_from(move || {
            let keys = keys.clone();
            async move { Ok(keys.jwks().await?) }
        })
        .ready("signing keys", move || ready(loaded.is_loaded()))
        .policy(grpc::POLICY)
        .rpc(UserServiceServer::new(grpc::Rpc(app.clone())))
        .rpc(StaffServiceServer::new(grpc::Rpc(app.clone())))
        .rpc(AccountServiceServer::new(grpc::Rpc(app.clone())))
        .rpc(CustomerServiceServer::new(grpc::Rpc(app.clone())))
        .consume(
            consumers::queue(),
            consumers::Notifications::new(app.clone()),
        )
        .job("signing keys", |stop| {
            let every = config.signing_keys.refresh_every();
            app.signing_keys.clone().run(every, stop)
        })
        .job("session sweep", |stop| {
            jobs::sweep_sessions(app.clone(), config.sessions.sweep_every(), stop)
        })
        .job("throttle sweep", |stop| {
            jobs::sweep_throttles(app.clone(), config.sign_in.sweep_every(), stop)
        })
        .job("idempotency", |stop| jobs::sweep_keys(app.clone(), stop))
        .job("notification sweep", |stop| {
            jobs::sweep_notifications(app.clone(), config.mail, stop)
        });
    match app.email_sender {
        Some(sender) => service.job("email sender", |stop| async move { sender.run(stop).await }),
        None => service,
    }
    .start()
    .await
}
