//! `user revoke-signing-key <kid> <reason>`: for an operator without a staff account at hand.

use anyhow::{Context, bail};
use kernel::Clock;
use operations::{Reason, command_line};
use persistence::Database;
use service::ServiceConfig;
use tokens::Keys;
use uuid::Uuid;

use crate::app::App;
use crate::config::Config;

/// Revokes a signing key that leaked.
///
/// # Errors
/// The arguments are wrong, there is no such key, or the database is unavailable.
pub async fn revoke_signing_key(config: Config, arguments: Vec<String>) -> anyhow::Result<()> {
    let [kid, reason] = arguments.as_slice() else {
        bail!("usage: user revoke-signing-key <kid> <reason>");
    };
    let kid: Uuid = kid
        .parse()
        .context("<kid> must be a UUID, as in the JWKS document")?;
    let reason = Reason::parse(reason)?;
    let ServiceConfig {
        database,
        auth,
        tokens,
        own,
        ..
    } = config.own;
    let database = Database::new(&database)?;
    database.wait().await?;
    let app = App::new(&own, &auth, Keys::new(&tokens), database, Clock::system())?;
    let signing = app.signing_keys.revoke(kid, command_line(), reason).await?;
    tracing::info!(kid = %signing.kid, "this key signs now");
    Ok(())
}
