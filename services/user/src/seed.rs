//! Demo accounts. Their passwords are public, so the configuration must allow them.

use anyhow::{Context, ensure};
use kernel::{Clock, Groups};
use persistence::Database;
use service::ServiceConfig;
use tokens::Keys;

use crate::app::App;
use crate::config::Config;
use crate::domain::{Registration, Role};

/// The TOTP secret of the demo staff account; `docs/guides/demo-code.sh` prints its current code.
const STAFF_SECRET: &[u8; 20] = b"mercantile-demo-only";

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
        if role == Role::Staff {
            enroll(&app, email)
                .await
                .with_context(|| format!("cannot enroll the second factor of {email}"))?;
        }
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
    let groups = match role {
        Role::Customer => Groups::NONE,
        Role::Staff => Groups::ALL,
    };
    Ok(app.create_account(registration, role, groups).await?)
}

/// Gives a demo account its second factor, unless it has one.
async fn enroll(app: &App, email: &str) -> anyhow::Result<()> {
    let account = app.account_of(email).await?;
    let account = account.context("the account was deleted")?;
    app.seed_second_factor(account.id, STAFF_SECRET).await?;
    Ok(())
}
