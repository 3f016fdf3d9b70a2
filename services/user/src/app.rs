//! The use cases of `user`, called by `grpc`, `consumers` and `jobs`: load, decide in `domain`, save.

use std::sync::Arc;

use chassis::auth;
use kernel::Clock;
use persistence::Database;

use crate::config::Own;
use crate::domain::Lifetimes;
use crate::store::Store;

mod accounts;
mod addresses;
mod email_sender;
mod notifications;
mod passwords;
mod sessions;
mod signing_keys;
mod tokens;

use email_sender::EmailSender;
use passwords::Passwords;
use tokens::{AccessTokens, Succession};

pub(crate) use sessions::IssuedSession;
pub(crate) use signing_keys::SigningKeys;

/// The dependencies of the use cases. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    /// The signing keys of access tokens, cached by this replica.
    pub(crate) signing_keys: SigningKeys,
    /// None when mail is off.
    pub(crate) email_sender: Option<Arc<EmailSender>>,
    store: Store,
    passwords: Passwords,
    access_tokens: AccessTokens,
    succession: Succession,
    lifetimes: Lifetimes,
    clock: Clock,
}

impl App {
    /// Does no I/O.
    ///
    /// # Errors
    /// The configuration is invalid.
    pub(crate) fn new(
        config: &Own,
        auth: &auth::Config,
        database: Database,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let store = Store::new(database);
        Ok(Self {
            signing_keys: SigningKeys::new(
                store.clone(),
                clock.clone(),
                &config.signing_keys.encryption_key,
                config.signing_keys.rotation(config.sessions.access_token()),
            )?,
            email_sender: EmailSender::new(&config.mail, store.clone(), clock.clone())?
                .map(Arc::new),
            store,
            passwords: Passwords::new(&config.passwords)?,
            access_tokens: AccessTokens {
                issuer: auth.issuer.clone(),
                audience: auth.audience.clone(),
                lifetime: config.sessions.access_token(),
            },
            succession: Succession::new(&config.signing_keys.encryption_key)?,
            lifetimes: config.sessions.lifetimes(),
            clock,
        })
    }
}
