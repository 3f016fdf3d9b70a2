//! The configuration of `payment`. `config/default.toml` explains every key.

use std::time::Duration;

use chassis::config::rules::{above, is_url, required};
use chrono::TimeDelta;
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::domain::{self, Watch};

/// The signing secret of the sandbox in the defaults.
const SANDBOX_SECRET: &str = "whsec_sandbox";

/// The configuration of `payment`.
pub type Config = service::Config<Own>;

/// The sections that only `payment` has.
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
    /// How operations are carried out at the provider.
    #[garde(dive(self.provider))]
    pub worker: WorkerConfig,
    /// When intents and refunds are looked up.
    #[garde(dive(self.provider))]
    pub lookups: LookupsConfig,
    /// How webhooks are verified.
    #[garde(dive(self.provider))]
    pub webhooks: WebhooksConfig,
    /// How balances are rolled up.
    #[garde(dive)]
    pub ledger: LedgerConfig,
    /// How long rows are kept.
    #[garde(dive)]
    pub retention: RetentionConfig,
    /// When and how our payments are compared with the provider's intents.
    #[garde(dive)]
    pub reconciliation: ReconciliationConfig,
}

/// The services that `payment` calls.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Upstreams {
    /// Publishes the public keys of access tokens.
    #[garde(dive)]
    pub user: upstream::Config,
}

/// The address, the key and the time-outs of the provider.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ProviderConfig {
    /// `https://api.stripe.com`, or the sandbox.
    #[garde(custom(is_url(&["http", "https"])))]
    pub url: String,
    /// The secret key: `sk_live_..`, `sk_test_..`, or a restricted key, `rk_live_..`.
    #[garde(custom(required))]
    pub secret_key: SecretString,
    /// Milliseconds for a call; after that its outcome is unknown.
    #[garde(range(min = 1, max = 600_000))]
    pub timeout_ms: u64,
    /// Milliseconds for a connection attempt.
    #[garde(range(min = 1, max = 600_000))]
    pub connect_timeout_ms: u64,
    /// Where the bank redirects the customer after a challenge; `{order_id}` is replaced by the order's id.
    #[garde(custom(is_url(&["http", "https"])))]
    pub return_url: String,
    /// The currencies that the shop sells in, separated by commas; the provider must charge each of them.
    #[garde(custom(are_charged))]
    pub currencies: String,
}

fn are_charged(currencies: &str, (): &()) -> garde::Result {
    domain::check_currencies(currencies).map_err(garde::Error::new)
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

/// How operations are carried out at the provider.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[garde(context(ProviderConfig as provider))]
pub struct WorkerConfig {
    /// Most calls to the provider at a time, per process.
    #[garde(range(min = 1, max = 10_000))]
    pub concurrency: usize,
    /// Milliseconds between two polls for operations that are due; a commit of this process wakes the worker.
    #[garde(range(min = 1, max = 3_600_000))]
    pub poll_ms: u64,
    /// Milliseconds that a worker leases an operation; longer than two calls, because an attempt may search
    /// before it calls.
    #[garde(
        range(max = 3_600_000),
        custom(above(
            "twice provider.timeout_ms",
            provider.timeout_ms.saturating_mul(2),
            "one attempt may make two calls"
        ))
    )]
    pub lease_ms: u64,
    /// Milliseconds before the second attempt; the delay doubles with each attempt.
    #[garde(range(min = 1, max = 3_600_000))]
    pub first_delay_ms: u64,
    /// The longest delay, in milliseconds.
    #[garde(range(min = 1, max = 86_400_000))]
    pub max_delay_ms: u64,
}

impl WorkerConfig {
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }
}

/// When intents and refunds are looked up.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[garde(context(ProviderConfig as provider))]
pub struct LookupsConfig {
    /// Most lookups at a time, per process.
    #[garde(range(min = 1, max = 10_000))]
    pub concurrency: usize,
    /// Milliseconds between two polls for lookups that are due; a webhook wakes the process that received it.
    #[garde(range(min = 1, max = 3_600_000))]
    pub poll_ms: u64,
    /// Milliseconds that a worker leases a lookup; longer than a call.
    #[garde(
        range(max = 3_600_000),
        custom(above(
            "provider.timeout_ms",
            provider.timeout_ms,
            "two workers would make the same call"
        ))
    )]
    pub lease_ms: u64,
    /// Milliseconds before the first lookup of a challenge or a refund; the wait doubles with each lookup.
    #[garde(range(min = 1, max = 3_600_000))]
    pub first_wait_ms: u64,
    /// The longest wait between two lookups of a challenge, in milliseconds.
    #[garde(range(min = 1, max = 86_400_000))]
    pub challenge_wait_ms: u64,
    /// Seconds after which an authorization is looked up periodically, because it may have expired.
    #[garde(range(min = 1, max = 31_536_000))]
    pub authorization_age_s: u32,
    /// Seconds between two lookups of an authorization; also the longest wait between two lookups of a refund.
    #[garde(range(min = 1, max = 31_536_000))]
    pub authorization_wait_s: u32,
    /// Seconds between two scans for authorizations of that age.
    #[garde(range(min = 1, max = 86_400))]
    pub authorization_scan_s: u32,
    /// Days that a refund is looked up, because the bank may return it.
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

    /// The wait after lookup number `attempt`.
    pub(crate) fn wait(&self, watch: Watch, attempt: i32) -> Duration {
        let authorization = Duration::from_secs(self.authorization_wait_s.into());
        match watch {
            Watch::Challenge => leases::backoff(self.first_wait(), self.challenge_wait(), attempt),
            Watch::Authorization => authorization,
            Watch::Refund => leases::backoff(self.first_wait(), authorization, attempt),
        }
    }

    /// The delay after a lookup that failed.
    pub(crate) fn retry_delay(&self, attempt: i32) -> Duration {
        let first = self.first_wait().min(Duration::from_secs(1));
        leases::backoff(first, self.challenge_wait(), attempt)
    }

    fn challenge_wait(&self) -> Duration {
        Duration::from_millis(self.challenge_wait_ms)
    }

    pub(crate) fn authorization_age(&self) -> TimeDelta {
        TimeDelta::seconds(self.authorization_age_s.into())
    }

    pub(crate) fn refund_watch_time(&self) -> TimeDelta {
        TimeDelta::days(self.refund_days.into())
    }
}

/// How webhooks are verified.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[garde(context(ProviderConfig as provider))]
pub struct WebhooksConfig {
    /// The signing secrets, separated by commas; two while one replaces the other. Empty: every webhook is
    /// refused.
    #[garde(custom(no_sandbox_secret_in_production))]
    pub secrets: SecretString,
    /// Seconds by which the time in a signature may differ from our clock, in both directions.
    #[garde(range(min = 1, max = 3_600))]
    pub tolerance_s: u32,
}

/// How balances are rolled up.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct LedgerConfig {
    /// Seconds between two roll-ups.
    #[garde(range(min = 1, max = 86_400))]
    pub roll_up_s: u32,
}

/// How long rows are kept.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RetentionConfig {
    /// Days after which a finished operation is deleted; at least 1.
    #[garde(range(min = 1, max = 36_500))]
    pub operations_days: u32,
    /// Days after which a webhook event is deleted; at least 1.
    #[garde(range(min = 1, max = 36_500))]
    pub webhooks_days: u32,
    /// Seconds between two deletions.
    #[garde(range(min = 1, max = 86_400))]
    pub sweep_every_s: u32,
}

/// When and how our payments are compared with the provider's intents.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ReconciliationConfig {
    /// Hours between two scheduled reconciliations; 0: none is scheduled.
    #[garde(range(min = 0, max = 8_760))]
    pub every_h: u32,
    /// Hours that a reconciliation covers.
    #[garde(range(min = 1, max = 8_760))]
    pub window_h: u32,
    /// Milliseconds since its last change after which a payment is compared.
    #[garde(range(min = 0, max = 86_400_000))]
    pub settle_ms: u64,
    /// Milliseconds before a suspected difference is compared again; only the second comparison counts.
    #[garde(range(min = 0, max = 3_600_000))]
    pub confirm_after_ms: u64,
    /// Milliseconds that a call to the provider is retried before the reconciliation fails.
    #[garde(range(min = 1, max = 86_400_000))]
    pub give_up_after_ms: u64,
    /// Milliseconds after which another replica takes an abandoned reconciliation over; at least 5,000.
    #[garde(range(min = 5_000, max = 3_600_000))]
    pub lease_ms: u64,
    /// Milliseconds between two polls for a requested reconciliation.
    #[garde(range(min = 1, max = 3_600_000))]
    pub poll_ms: u64,
    /// Days after which a reconciliation is deleted.
    #[garde(range(min = 1, max = 36_500))]
    pub keep_days: u32,
}
