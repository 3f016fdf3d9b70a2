//! What `payment` must be told. `config/default.toml` explains every key.

use std::time::Duration;

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::domain::Watch;

/// The signing secret of the sandbox in the defaults.
const SANDBOX_SECRET: &str = "whsec_sandbox";

/// A shorter lease would be taken over while its replica is at work.
const MIN_RECONCILIATION_LEASE_MS: u64 = 5_000;

/// The configuration of `payment`.
pub type Config = service::Config<Own>;

/// The sections that `payment` alone has.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// The services that `payment` calls.
    pub upstreams: Upstreams,
    /// The payment provider.
    pub provider: ProviderConfig,
    /// How the provider is asked.
    pub worker: WorkerConfig,
    /// When the provider is looked at.
    pub lookups: LookupsConfig,
    /// What the provider tells on its own.
    pub webhooks: WebhooksConfig,
    /// How the ledger is kept.
    pub ledger: LedgerConfig,
    /// How long things are kept.
    pub retention: RetentionConfig,
    /// When and how our payments are compared with the provider's.
    pub reconciliation: ReconciliationConfig,
}

/// The services that `payment` calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstreams {
    /// Publishes the keys of access tokens.
    pub user: upstream::Config,
}

/// Where the provider is and how long it may take.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// `https://api.stripe.com`, or the sandbox.
    pub url: String,
    /// The secret key: `sk_live_..`, `sk_test_..`, or a restricted one: `rk_live_..`.
    pub secret_key: SecretString,
    /// Milliseconds a call may take; after that its outcome is unknown.
    pub timeout_ms: u64,
    /// Milliseconds a connection attempt may take.
    pub connect_timeout_ms: u64,
    /// Where a bank sends the customer after a challenge; `{order_id}` stands for the order.
    pub return_url: String,
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
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerConfig {
    /// Calls to the provider at the same time, per process.
    pub concurrency: usize,
    /// Milliseconds between two looks for what is due; a commit of this process wakes the worker.
    pub poll_ms: u64,
    /// Milliseconds that an operation belongs to a worker; longer than two calls may take, for a try
    /// may look before it asks.
    pub lease_ms: u64,
    /// Milliseconds before the second try; each later one waits twice as long.
    pub first_delay_ms: u64,
    /// The longest of these waits.
    pub max_delay_ms: u64,
}

impl WorkerConfig {
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }
}

/// When the provider is looked at.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupsConfig {
    /// Looks at the same time, per process.
    pub concurrency: usize,
    /// Milliseconds between two searches for what is due; an event wakes the process that took it.
    pub poll_ms: u64,
    /// Milliseconds that a lookup belongs to a worker; longer than a call may take.
    pub lease_ms: u64,
    /// Milliseconds before the first look at a challenge or a refund; each later one waits twice as
    /// long.
    pub first_wait_ms: u64,
    /// The longest wait between two looks at a challenge, in milliseconds.
    pub challenge_wait_ms: u64,
    /// Seconds after which a hold is looked at from time to time, because it may have run out.
    pub held_after_s: u32,
    /// Seconds between two looks at a hold; also the longest wait between two at a refund.
    pub held_wait_s: u32,
    /// Seconds between two searches for holds that have become so old.
    pub held_sweep_s: u32,
    /// Days that a refund is looked at, because a bank may send it back.
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
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhooksConfig {
    /// The signing secrets, separated by commas: two while one replaces the other. Empty: every
    /// webhook is refused.
    pub secrets: SecretString,
    /// Seconds that the time in a signature may be off, both ways.
    pub tolerance_s: u32,
}

/// How the ledger is kept.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerConfig {
    /// Seconds between two additions of what was booked to the balances.
    pub roll_up_s: u32,
}

/// How long things are kept.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionConfig {
    /// Days after which a finished operation is deleted; at least 1.
    pub operations_days: u32,
    /// Days after which an event of the provider is forgotten; at least 1.
    pub webhooks_days: u32,
    /// Seconds between two deletions of what is kept no longer.
    pub sweep_every_s: u32,
}

/// When and how our payments are compared with the provider's.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReconciliationConfig {
    /// Hours between two that run by themselves; 0: none does.
    pub every_h: u32,
    /// Hours that one looks back.
    pub window_h: u32,
    /// Milliseconds that a payment must have been at rest to be compared.
    pub settle_ms: u64,
    /// Milliseconds before a difference is looked at again, and counts.
    pub confirm_after_ms: u64,
    /// Milliseconds that the provider may be away before a reconciliation fails.
    pub patience_ms: u64,
    /// Milliseconds after which another replica takes over; at least 5,000.
    pub lease_ms: u64,
    /// Milliseconds between two looks for one to carry out.
    pub poll_ms: u64,
    /// Days that a reconciliation is kept.
    pub keep_days: u32,
}

impl Own {
    /// What the types cannot say.
    ///
    /// # Errors
    /// The first key with a value that cannot work.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let timeout = self.provider.timeout_ms;
        let lease = self.worker.lease_ms;
        anyhow::ensure!(
            lease > timeout.saturating_mul(2),
            "worker.lease_ms is {lease}, it must be greater than twice provider.timeout_ms \
             ({timeout}): a try may look before it asks, and two workers would ask for the same"
        );
        let lease = self.lookups.lease_ms;
        anyhow::ensure!(
            lease > timeout,
            "lookups.lease_ms is {lease}, it must be greater than provider.timeout_ms ({timeout}): \
             two workers would ask for the same"
        );
        let positive = [
            ("worker.concurrency", self.worker.concurrency > 0),
            ("worker.poll_ms", self.worker.poll_ms > 0),
            ("lookups.concurrency", self.lookups.concurrency > 0),
            ("lookups.poll_ms", self.lookups.poll_ms > 0),
            ("lookups.first_wait_ms", self.lookups.first_wait_ms > 0),
            ("lookups.held_wait_s", self.lookups.held_wait_s > 0),
            ("lookups.held_sweep_s", self.lookups.held_sweep_s > 0),
            ("ledger.roll_up_s", self.ledger.roll_up_s > 0),
            ("provider.timeout_ms", timeout > 0),
            (
                "retention.operations_days",
                self.retention.operations_days > 0,
            ),
            ("retention.webhooks_days", self.retention.webhooks_days > 0),
            ("retention.sweep_every_s", self.retention.sweep_every_s > 0),
            ("reconciliation.window_h", self.reconciliation.window_h > 0),
            (
                "reconciliation.keep_days",
                self.reconciliation.keep_days > 0,
            ),
        ];
        for (key, good) in positive {
            anyhow::ensure!(good, "{key} is 0, it needs at least 1");
        }
        let lease = self.reconciliation.lease_ms;
        anyhow::ensure!(
            lease >= MIN_RECONCILIATION_LEASE_MS,
            "reconciliation.lease_ms is {lease}, it needs at least {MIN_RECONCILIATION_LEASE_MS}: \
             signs of life come every second, and one may be late"
        );
        let return_url = &self.provider.return_url;
        anyhow::ensure!(
            return_url.starts_with("https://") || return_url.starts_with("http://"),
            "provider.return_url must be an http or https address, it is {return_url}"
        );
        let secrets = self.webhooks.secrets.expose_secret();
        anyhow::ensure!(
            !self.provider.is_live() || secrets.split(',').all(|one| one.trim() != SANDBOX_SECRET),
            "webhooks.secrets has the sandbox's secret, which everyone knows, and \
             provider.secret_key is a live key"
        );
        Ok(())
    }
}
