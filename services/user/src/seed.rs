//! Demo accounts. Their passwords are public, so the configuration must allow them.

use anyhow::{Context, ensure};
use kernel::Clock;
use persistence::Database;
use service::ServiceConfig;
use tokens::Keys;

use crate::app::App;
use crate::config::Config;
use crate::domain::{Registration, Role};

const ACCOUNTS: [(&str, &str, &str, Role); 2] = [
    (
        "ada@example.com",
        "correct-horse-battery",
        "Ada Lovelace",
        Role::Customer,
    ),
    (
        "staff@example.com",
        "correct-horse-battery-staff",
        "Grace Hopper",
        Role::Staff,
    ),
];

/// Creates the missing demo accounts. Existing ones are not changed.
///
/// # Errors
/// `seed.demo_accounts` is false, or the database is unavailable.
pub async fn seed(config: Config, arguments: Vec<String>) -> anyhow::Result<()> {
    ensure!(arguments.is_empty(), "`user seed` takes no arguments");
    let ServiceConfig {
        database,
        auth,
        tokens,
        own: config,
        ..
    } = config.own;
    ensure!(
        config.seed.demo_accounts,
        "seed.demo_accounts is false, because the passwords of the demo accounts are public; \
         set USER__SEED__DEMO_ACCOUNTS=true to create them"
    );
    let database = Database::new(&database)?;
    database.wait().await?;
    let app = App::new(
        &config,
        &auth,
        Keys::new(&tokens),
        database,
        Clock::system(),
    )?;
    for (email, password, name, role) in ACCOUNTS {
        let created = create(&app, email, password, name, role)
            .await
            .with_context(|| format!("cannot create {email}"))?;
        tracing::info!(email, created, "demo account");
    }
    Ok(())
}

/// Returns false if the account exists.
async fn create(
    app: &App,
    email: &str,
    password: &str,
    name: &str,
    role: Role,
) -> anyhow::Result<bool> {
    let registration = Registration::new(email, password.into(), name)?;
    Ok(app.create_account(registration, role).await?)
}
