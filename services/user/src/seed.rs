//! Demo accounts. Everybody knows their passwords, so they exist only where the configuration says so.

use anyhow::{Context, ensure};
use kernel::{Clock, UserId};
use persistence::Database;

use crate::config::Config;
use crate::domain::{self, Registration, Role, User};
use crate::failure::Failure;
use crate::passwords::Passwords;
use crate::store::Store;

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

/// Creates the demo accounts that are not there yet, and leaves those that are as they are.
///
/// # Errors
/// Unless `seed.demo_accounts` is true; when the database is away and stays away.
pub async fn seed(config: Config) -> anyhow::Result<()> {
    ensure!(
        config.seed.demo_accounts,
        "seed.demo_accounts is false: the demo accounts have passwords that everybody knows. \
         Set USER__SEED__DEMO_ACCOUNTS=true where that is what you want"
    );
    let database = Database::new(&config.database)?;
    database.wait().await?;
    let store = Store::new(database);
    let passwords = Passwords::new(&config.passwords)?;
    for (email, password, name, role) in ACCOUNTS {
        let created = create(&store, &passwords, email, password, name, role)
            .await
            .with_context(|| format!("cannot create {email}"))?;
        tracing::info!(email, created, "demo account");
    }
    Ok(())
}

async fn create(
    store: &Store,
    passwords: &Passwords,
    email: &str,
    password: &str,
    name: &str,
    role: Role,
) -> anyhow::Result<bool> {
    let registration = Registration::new(email, password.into(), name)?;
    if store.account_by_email(&registration.email).await?.is_some() {
        return Ok(false);
    }
    let password_hash = passwords.hash(registration.password).await?;
    let user = User {
        id: UserId::generate(),
        email: registration.email,
        display_name: registration.display_name,
        role,
        created_at: Clock::system().now(),
    };
    match store.insert_user(&user, &password_hash).await {
        Ok(()) => Ok(true),
        // Another seed was faster.
        Err(Failure::Refused(domain::Error::EmailTaken)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
