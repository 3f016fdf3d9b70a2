//! What `user` must be told. `config/default.toml` explains every key.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::domain::{Lifetimes, Rotation};

mod mail;

pub(crate) use mail::MailConfig;

const MIN_ENCRYPTION_KEY: usize = 32;

/// The configuration of `user`.
pub type Config = service::Config<Own>;

/// The sections that `user` alone has.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// How passwords are hashed.
    pub passwords: PasswordsConfig,
    /// How long sessions last.
    pub sessions: SessionsConfig,
    /// The keys of the access tokens.
    pub signing_keys: SigningKeysConfig,
    /// E-mails to customers.
    pub mail: MailConfig,
    /// What `user seed` may do.
    pub seed: SeedConfig,
}

/// How passwords are hashed, and how many at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordsConfig {
    /// Memory of one hash in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// Hashes at the same time; 0: as many as there are cores.
    pub concurrency: usize,
    /// Hashes that may wait.
    pub queue: usize,
    /// Milliseconds that one may wait.
    pub max_wait_ms: u64,
}

/// How long sessions and their tokens last.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionsConfig {
    /// Seconds that an access token is good for.
    pub access_token_s: u32,
    /// Days without a refresh after which a session ends.
    pub idle_days: u32,
    /// Days after which a session ends in any case.
    pub longest_days: u32,
    /// Seconds between two deletions of ended sessions.
    pub sweep_every_s: u32,
}

/// The keys of the access tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeysConfig {
    /// Encrypts the private keys at rest.
    pub encryption_key: SecretString,
    /// Days after which a new key follows.
    pub rotate_every_days: u32,
    /// Seconds that a new key is published before it signs.
    pub activation_delay_s: u32,
    /// Seconds by which the clocks of machines may differ.
    pub clock_skew_s: u32,
    /// Seconds after which each replica reads the keys again.
    pub refresh_s: u32,
}

/// What `user seed` may do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedConfig {
    /// Create accounts whose passwords everybody knows.
    pub demo_accounts: bool,
}

impl Own {
    /// What the types cannot say.
    ///
    /// # Errors
    /// The first key with a value that cannot work.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let keys = &self.signing_keys;
        let length = keys.encryption_key.expose_secret().len();
        anyhow::ensure!(
            length >= MIN_ENCRYPTION_KEY,
            "signing_keys.encryption_key has {length} characters, it needs at least {MIN_ENCRYPTION_KEY}"
        );
        let positive = [
            ("sessions.access_token_s", self.sessions.access_token_s),
            ("sessions.idle_days", self.sessions.idle_days),
            ("sessions.longest_days", self.sessions.longest_days),
            ("sessions.sweep_every_s", self.sessions.sweep_every_s),
            ("signing_keys.rotate_every_days", keys.rotate_every_days),
            ("signing_keys.refresh_s", keys.refresh_s),
        ];
        for (key, value) in positive {
            anyhow::ensure!(value > 0, "{key} is 0, it needs at least 1");
        }
        anyhow::ensure!(
            keys.activation_delay_s > keys.refresh_s,
            "signing_keys.activation_delay_s is {}, it must be greater than signing_keys.refresh_s ({}): \
             every replica must know a key before it signs",
            keys.activation_delay_s,
            keys.refresh_s
        );
        self.mail.check()
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

    pub(crate) fn sweep_every(&self) -> Duration {
        Duration::from_secs(self.sweep_every_s.into())
    }
}

impl SigningKeysConfig {
    pub(crate) fn rotation(&self, access_token: chrono::Duration) -> Rotation {
        Rotation {
            every: chrono::Duration::days(self.rotate_every_days.into()),
            activation_delay: chrono::Duration::seconds(self.activation_delay_s.into()),
            linger: access_token + chrono::Duration::seconds(self.clock_skew_s.into()),
        }
    }

    pub(crate) fn refresh_every(&self) -> Duration {
        Duration::from_secs(self.refresh_s.into())
    }
}
