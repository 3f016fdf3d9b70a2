//! The use cases of `user`, called by `grpc`, `consumers` and `jobs`: load, decide in `domain`, save.

use std::sync::Arc;

use chassis::auth;
use kernel::Clock;
use persistence::Database;
use tokens::{Keys, Pages};

use crate::config::Own;
use crate::domain::Lifetimes;
use crate::store::Store;

mod accounts;
mod addresses;
mod client_limits;
mod customers;
mod device_tokens;
mod email_change;
mod email_sender;
mod email_verification;
mod encryption;
mod link_tokens;
mod mail_requests;
mod notifications;
mod open_sessions;
mod page_size;
mod password_change;
mod password_checks;
mod passwords;
mod second_factor;
mod session_tokens;
mod sessions;
mod signing_keys;
mod staff;

use client_limits::ClientLimits;
use device_tokens::DeviceTokens;
use email_sender::{EmailSender, MailTokens};
use email_verification::VerificationTokens;
use link_tokens::LinkTokens;
use passwords::Passwords;
use second_factor::SecondFactors;
use session_tokens::{AccessTokens, Succession};
use staff::InvitationTokens;

pub(crate) use second_factor::ProvedSession;
pub(crate) use sessions::{Client, IssuedSession};
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
    client_limits: ClientLimits,
    device_tokens: DeviceTokens,
    verification: VerificationTokens,
    links: LinkTokens,
    pages: Pages,
    access_tokens: AccessTokens,
    succession: Succession,
    second_factors: SecondFactors,
    invitation_tokens: InvitationTokens,
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
        tokens: Keys,
        database: Database,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let store = Store::new(database);
        let secret = &config.signing_keys.encryption_key;
        let verification = VerificationTokens(tokens.clone());
        let links = LinkTokens(tokens.clone());
        let invitation_tokens = InvitationTokens::new(secret)?;
        let mail_tokens = MailTokens {
            verification: verification.clone(),
            links: links.clone(),
            invitations: invitation_tokens.clone(),
        };
        Ok(Self {
            signing_keys: SigningKeys::new(
                store.clone(),
                clock.clone(),
                secret,
                config.signing_keys.rotation(config.sessions.access_token()),
            )?,
            email_sender: EmailSender::new(
                &config.mail,
                store.clone(),
                mail_tokens,
                clock.clone(),
            )?
            .map(Arc::new),
            store,
            passwords: Passwords::new(&config.passwords)?,
            client_limits: ClientLimits::new(config, secret)?,
            pages: Pages::new(tokens.clone(), clock.clone()),
            device_tokens: DeviceTokens {
                keys: tokens,
                lifetime: config.sign_in.device_lifetime(),
            },
            verification,
            links,
            access_tokens: AccessTokens {
                issuer: auth.issuer.clone(),
                audience: auth.audience.clone(),
                lifetime: config.sessions.access_token(),
                staff_lifetime: config.sessions.staff_access_token(),
            },
            succession: Succession::new(secret)?,
            second_factors: SecondFactors::new(secret)?,
            invitation_tokens,
            lifetimes: config.sessions.lifetimes(),
            clock,
        })
    }
}
