//! The configuration of `user`. `config/default.toml` explains every key.

use std::time::Duration;

use chassis::config::rules::{above, required};
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::domain::{Lifetimes, Rotation};

mod mail;
mod sign_in;

pub(crate) use mail::MailConfig;
pub(crate) use sign_in::SignInConfig;

const MIN_ENCRYPTION_KEY: usize = 32;

/// The configuration of `user`.
pub type Config = service::Config<Own>;

/// The sections that only `user` has.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Own {
    /// How passwords are hashed.
    #[garde(dive)]
    pub passwords: PasswordsConfig,
    /// How many wrong passwords are let through.
    #[garde(dive)]
    pub sign_in: SignInConfig,
    /// How long sessions last.
    #[garde(dive)]
    pub sessions: SessionsConfig,
    /// The signing keys of access tokens.
    #[garde(dive)]
    pub signing_keys: SigningKeysConfig,
    /// E-mails to customers.
    #[garde(dive)]
    pub mail: MailConfig,
    /// Demo data.
    pub seed: SeedConfig,
}

/// Cost and concurrency of password hashing.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct PasswordsConfig {
    /// Memory of one hash in KiB.
    #[garde(range(min = 8, max = 4_194_304))]
    pub memory_kib: u32,
    /// Passes over the memory.
    #[garde(range(min = 1, max = 100))]
    pub iterations: u32,
    /// Lanes.
    #[garde(range(min = 1, max = 64))]
    pub parallelism: u32,
    /// Concurrent hashes; 0 means one per core.
    #[garde(range(min = 0, max = 1_024))]
    pub concurrency: usize,
    /// Waiting hashes at most.
    #[garde(range(min = 0, max = 100_000))]
    pub queue: usize,
    /// Hashes of one client network that run or wait, at most.
    #[garde(range(min = 1, max = 100_000))]
    pub per_network: usize,
    /// Milliseconds that a hash may wait.
    #[garde(range(min = 1, max = 60_000))]
    pub max_wait_ms: u64,
}

/// How long sessions and their tokens last.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SessionsConfig {
    /// Lifetime of an access token in seconds; verifiers reject a token that lives longer than
    /// `chassis::auth::MAX_TOKEN_LIFETIME_S`.
    #[garde(range(min = 1, max = 3_600))]
    pub access_token_s: u32,
    /// Lifetime in seconds of an access token with groups, if it is shorter.
    #[garde(range(min = 1, max = 86_400))]
    pub staff_access_token_s: u32,
    /// Days without a refresh after which a session ends.
    #[garde(range(min = 1, max = 3_650))]
    pub idle_days: u32,
    /// Lifetime of a session in days.
    #[garde(range(min = 1, max = 3_650))]
    pub longest_days: u32,
    /// Seconds between two sweeps of expired sessions.
    #[garde(range(min = 1, max = 86_400))]
    pub sweep_every_s: u32,
}

/// The signing keys of access tokens.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SigningKeysConfig {
    /// Encrypts the private keys at rest.
    #[garde(custom(long_enough))]
    pub encryption_key: SecretString,
    /// Days between two rotations.
    #[garde(range(min = 1, max = 3_650))]
    pub rotate_every_days: u32,
    /// Seconds for which a new key is published before it signs.
    #[garde(
        range(max = 604_800),
        custom(above(
            "signing_keys.refresh_s",
            self.refresh_s,
            "every replica must have read a key before it signs"
        ))
    )]
    pub activation_delay_s: u32,
    /// Seconds by which the clocks of machines may differ.
    #[garde(range(min = 0, max = 86_400))]
    pub clock_skew_s: u32,
    /// Seconds after which each replica reloads the keys.
    #[garde(range(min = 1, max = 86_400))]
    pub refresh_s: u32,
}

/// The `[seed]` section.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SeedConfig {
    /// Allows `user seed` to create the demo accounts, whose passwords are public.
    pub demo_accounts: bool,
}

fn long_enough(key: &SecretString, (): &()) -> garde::Result {
    required(key, &())?;
    match key.expose_secret().len() {
        length if length < MIN_ENCRYPTION_KEY => Err(garde::Error::new(format!(
            "has {length} characters; it must have at least {MIN_ENCRYPTION_KEY}"
        ))),
        _ => Ok(()),
    }
}

impl SessionsConfig {
    pub(crate) fn lifetimes(&self) -> Lifetimes {
        Lifetimes {
            idle: chrono::Duration::days(self.idle_days.into()),
            longest: chrono::Duration::days(self.longest_days.into()),
        }
    }

    pub(crate) fn access_token(&self) -> chrono::Duration {
        chrono::Duration::seconds(self.access_token_s.into())
    }

    pub(crate) fn staff_access_token(&self) -> chrono::Duration {
        chrono::Duration::seconds(self.staff_access_token_s.into())
    }

    pub(crate) fn sweep_every(&self) -> Duration {
        Duration::from_secs(self.sweep_every_s.into())
    }
}

impl SigningKeysConfig {
    pub(crate) fn rotation(&self, access_token: chrono::Duration) -> Rotation {
        Rotation {
            every: chrono::Duration::days(self.rotate_every_days.into()),
            activation_delay: chrono::Duration::seconds(self.activation_delay_s.into()),
            overlap: access_token + chrono::Duration::seconds(self.clock_skew_s.into()),
        }
    }

    pub(crate) fn refresh_every(&self) -> Duration {
        Duration::from_secs(self.refresh_s.into())
    }
}
