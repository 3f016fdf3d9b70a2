//! What `payment` must be told. `config/default.toml` explains every key.

use std::time::Duration;

use chassis::config::rules::{above, is_url, required};
use chrono::TimeDelta;
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::domain::Watch;

/// The signing secret of the sandbox in the defaults.
const SANDBOX_SECRET: &str = "whsec_sandbox";

/// The configuration of `payment`.
pub type Config = service::Config<Own>;

/// The sections that `payment` alone has.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Own {
    /// The services that `payment` calls.
    #[garde(dive)]
    pub upstreams: Upstreams,
    /// The payment provider.
    #[garde(dive)]
    pub provider: ProviderConfig,
    /// How the provider is asked.
    #[garde(dive(self.provider))]
    pub worker: WorkerConfig,
    /// When the provider is looked at.
    #[garde(dive(self.provider))]
    pub lookups: LookupsConfig,
    /// What the provider tells on its own.
    #[garde(dive(self.provider))]
    pub webhooks: WebhooksConfig,
    /// How the ledger is kept.
    #[garde(dive)]
    pub ledger: LedgerConfig,
    /// How long things are kept.
    #[garde(dive)]
    pub retention: RetentionConfig,
    /// When and how our payments are compared with the provider's.
    #[garde(dive)]
    pub reconciliation: ReconciliationConfig,
}

/// The services that `payment` calls.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Upstreams {
    /// Publishes the keys of access tokens.
    #[garde(dive)]
    pub user: upstream::Config,
}

/// Where the provider is and how long it may take.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ProviderConfig {
    /// `https://api.stripe.com`, or the sandbox.
    #[garde(custom(is_url(&["http", "https"])))]
    pub url: String,
    /// The secret key: `sk_live_..`, `sk_test_..`, or a restricted one: `rk_live_..`.
    #[garde(custom(required))]
    pub secret_key: SecretString,
    /// Milliseconds a call may take; after that its outcome is unknown.
    #[garde(range(min = 1, max = 600_000))]
    pub timeout_ms: u64,
    /// Milliseconds a connection attempt may take.
    #[garde(range(min = 1, max = 600_000))]
    pub connect_timeout_ms: u64,
    /// Where a bank sends the customer after a challenge; `{order_id}` stands for the order.
    #[garde(custom(is_url(&["http", "https"])))]
    pub return_url: String,
}

fn no_sandbox_secret_in_production(
    secrets: &SecretString,
    provider: &ProviderConfig,
) -> garde::Result {
    let mut secrets = secrets.expose_secret().split(',').map(str::trim);
    if provider.is_live() && secrets.any(|secret| secret == SANDBOX_SECRET) {
        return Err(garde::Error::new(
            "contains the sandbox's secret, which is public, but provider.secret_key is a live key",
        ));
    }
    Ok(())
}

impl ProviderConfig {
    /// Whether the key moves real money.
    pub(crate) fn is_live(&self) -> bool {
        let key = self.secret_key.expose_secret();
        ["sk_live_", "rk_live_"]
            .iter()
            .any(|live| key.starts_with(live))
    }
}

/// How the provider is asked.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[garde(context(ProviderConfig as provider))]
pub struct WorkerConfig {
    /// Calls to the provider at the same time, per process.
    #[garde(range(min = 1, max = 10_000))]
    pub concurrency: usize,
    /// Milliseconds between two looks for what is due; a commit of this process wakes the worker.
    #[garde(range(min = 1, max = 3_600_000))]
    pub poll_ms: u64,
    /// Milliseconds that an operation belongs to a worker; longer than two calls may take, for a try
    /// may look before it asks.
    #[garde(
        range(max = 3_600_000),
        custom(above(
            "twice provider.timeout_ms",
            provider.timeout_ms.saturating_mul(2),
            "one attempt may make two calls"
        ))
    )]
    pub lease_ms: u64,
    /// Milliseconds before the second try; each later one waits twice as long.
    #[garde(range(min = 1, max = 3_600_000))]
    pub first_delay_ms: u64,
    /// The longest of these waits.
    #[garde(range(min = 1, max = 86_400_000))]
    pub max_delay_ms: u64,
}

impl WorkerConfig {
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }
}

/// When the provider is looked at.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[garde(context(ProviderConfig as provider))]
pub struct LookupsConfig {
    /// Looks at the same time, per process.
    #[garde(range(min = 1, max = 10_000))]
    pub concurrency: usize,
    /// Milliseconds between two searches for what is due; an event wakes the process that took it.
    #[garde(range(min = 1, max = 3_600_000))]
    pub poll_ms: u64,
    /// Milliseconds that a lookup belongs to a worker; longer than a call may take.
    #[garde(
        range(max = 3_600_000),
        custom(above(
            "provider.timeout_ms",
            provider.timeout_ms,
            "two workers would make the same call"
        ))
    )]
    pub lease_ms: u64,
    /// Milliseconds before the first look at a challenge or a refund; each later one waits twice as
    /// long.
    #[garde(range(min = 1, max = 3_600_000))]
    pub first_wait_ms: u64,
    /// The longest wait between two looks at a challenge, in milliseconds.
    #[garde(range(min = 1, max = 86_400_000))]
    pub challenge_wait_ms: u64,
    /// Seconds after which a hold is looked at from time to time, because it may have run out.
    #[garde(range(min = 1, max = 31_536_000))]
    pub held_after_s: u32,
    /// Seconds between two looks at a hold; also the longest wait between two at a refund.
    #[garde(range(min = 1, max = 31_536_000))]
    pub held_wait_s: u32,
    /// Seconds between two searches for holds that have become so old.
    #[garde(range(min = 1, max = 86_400))]
    pub held_sweep_s: u32,
    /// Days that a refund is looked at, because a bank may send it back.
    #[garde(range(min = 1, max = 3_650))]
    pub refund_days: u32,
}

impl LookupsConfig {
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }

    pub(crate) fn first_wait(&self) -> Duration {
        Duration::from_millis(self.first_wait_ms)
    }

    /// How long to wait before the next look, after so many.
    pub(crate) fn wait(&self, watch: Watch, attempt: i32) -> Duration {
        let held = Duration::from_secs(self.held_wait_s.into());
        match watch {
            Watch::Challenge => leases::backoff(self.first_wait(), self.challenge_wait(), attempt),
            Watch::Hold => held,
            Watch::Refund => leases::backoff(self.first_wait(), held, attempt),
        }
    }

    /// How long to wait after a look that showed nothing.
    pub(crate) fn retry_delay(&self, attempt: i32) -> Duration {
        let first = self.first_wait().min(Duration::from_secs(1));
        leases::backoff(first, self.challenge_wait(), attempt)
    }

    fn challenge_wait(&self) -> Duration {
        Duration::from_millis(self.challenge_wait_ms)
    }

    pub(crate) fn held_after(&self) -> TimeDelta {
        TimeDelta::seconds(self.held_after_s.into())
    }

    pub(crate) fn refund_watched_for(&self) -> TimeDelta {
        TimeDelta::days(self.refund_days.into())
    }
}

/// What the provider tells on its own.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[garde(context(ProviderConfig as provider))]
pub struct WebhooksConfig {
    /// The signing secrets, separated by commas: two while one replaces the other. Empty: every
    /// webhook is refused.
    #[garde(custom(no_sandbox_secret_in_production))]
    pub secrets: SecretString,
    /// Seconds that the time in a signature may be off, both ways.
    #[garde(range(min = 1, max = 3_600))]
    pub tolerance_s: u32,
}

/// How the ledger is kept.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct LedgerConfig {
    /// Seconds between two additions of what was booked to the balances.
    #[garde(range(min = 1, max = 86_400))]
    pub roll_up_s: u32,
}

/// How long things are kept.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RetentionConfig {
    /// Days after which a finished operation is deleted; at least 1.
    #[garde(range(min = 1, max = 36_500))]
    pub operations_days: u32,
    /// Days after which an event of the provider is forgotten; at least 1.
    #[garde(range(min = 1, max = 36_500))]
    pub webhooks_days: u32,
    /// Seconds between two deletions of what is kept no longer.
    #[garde(range(min = 1, max = 86_400))]
    pub sweep_every_s: u32,
}

/// When and how our payments are compared with the provider's.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ReconciliationConfig {
    /// Hours between two that run by themselves; 0: none does.
    #[garde(range(min = 0, max = 8_760))]
    pub every_h: u32,
    /// Hours that one looks back.
    #[garde(range(min = 1, max = 8_760))]
    pub window_h: u32,
    /// Milliseconds that a payment must have been at rest to be compared.
    #[garde(range(min = 0, max = 86_400_000))]
    pub settle_ms: u64,
    /// Milliseconds before a difference is looked at again, and counts.
    #[garde(range(min = 0, max = 3_600_000))]
    pub confirm_after_ms: u64,
    /// Milliseconds that the provider may be away before a reconciliation fails.
    #[garde(range(min = 1, max = 86_400_000))]
    pub patience_ms: u64,
    /// Milliseconds after which another replica takes over; at least 5,000.
    #[garde(range(min = 5_000, max = 3_600_000))]
    pub lease_ms: u64,
    /// Milliseconds between two looks for one to carry out.
    #[garde(range(min = 1, max = 3_600_000))]
    pub poll_ms: u64,
    /// Days that a reconciliation is kept.
    #[garde(range(min = 1, max = 36_500))]
    pub keep_days: u32,
}
