//! `user invite-staff | set-staff-groups | remove-staff`: for an operator without a staff account at hand. The first
//! admin is invited this way.

use std::io::Write;

use anyhow::{Context, bail};
use kernel::{Clock, Groups, UserId};
use operations::command_line;
use persistence::Database;
use secrecy::ExposeSecret;
use service::ServiceConfig;
use tokens::Keys;

use crate::app::App;
use crate::config::Config;
use crate::domain;

/// Invites the owner of an e-mail address, and prints the token that accepts the invitation. With mail on, it is also
/// mailed.
///
/// # Errors
/// The arguments are wrong, the account is staff already, or the database is unavailable.
pub async fn invite_staff(config: Config, arguments: Vec<String>) -> anyhow::Result<()> {
    let [email, groups] = arguments.as_slice() else {
        bail!("usage: user invite-staff <email> <group>[,<group>...]");
    };
    let groups = groups_of(groups)?;
    let app = app(config).await?;
    let invited = app.invite_staff(email, groups, command_line()).await?;
    let (token, until) = (
        invited.token.expose_secret(),
        invited.expires_at.to_rfc3339(),
    );
    let text = format!(
        "The token is valid once, until {until}:\n{token}\nAccept with POST /api/v1/staff/invitations/acceptance \
         {{\"token\", \"password\", \"display_name\"}}.\n"
    );
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// Replaces the groups of a staff member.
///
/// # Errors
/// The arguments are wrong, the account is not staff or the last admin, or the database is unavailable.
pub async fn set_staff_groups(config: Config, arguments: Vec<String>) -> anyhow::Result<()> {
    let [email, groups] = arguments.as_slice() else {
        bail!("usage: user set-staff-groups <email> <group>[,<group>...]");
    };
    let groups = groups_of(groups)?;
    let app = app(config).await?;
    let user = account(&app, email).await?;
    app.change_staff_groups(user, groups, command_line())
        .await?;
    Ok(())
}

/// Removes a staff member, or withdraws an invitation.
///
/// # Errors
/// The arguments are wrong, the account is not staff or the last admin, or the database is unavailable.
pub async fn remove_staff(config: Config, arguments: Vec<String>) -> anyhow::Result<()> {
    let [email] = arguments.as_slice() else {
        bail!("usage: user remove-staff <email>");
    };
    let app = app(config).await?;
    let user = account(&app, email).await?;
    app.remove_staff(user, command_line()).await?;
    Ok(())
}

async fn app(config: Config) -> anyhow::Result<App> {
    let ServiceConfig {
        database,
        auth,
        tokens,
        own,
        ..
    } = config.own;
    let database = Database::new(&database)?;
    database.wait().await?;
    App::new(&own, &auth, Keys::new(&tokens), database, Clock::system())
}

fn groups_of(list: &str) -> anyhow::Result<Groups> {
    let names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
    Ok(domain::groups(&names)?)
}

async fn account(app: &App, email: &str) -> anyhow::Result<UserId> {
    let address = domain::EmailAddress::parse(email);
    let address = address.with_context(|| format!("{email} is no e-mail address"))?;
    let account = app.account_of(address.as_str()).await?;
    let account = account.with_context(|| format!("{email} has no account"))?;
    Ok(account.id)
}
