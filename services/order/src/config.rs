//! What `order` must be told. `config/default.toml` explains every key.

use std::time::Duration;

use serde::Deserialize;

use crate::saga::Timing;

/// Nothing in a checkout waits longer than a week; what says so was meant in another unit.
const WEEK_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// The configuration of `order`.
pub type Config = service::Config<Own>;

/// The sections that `order` alone has.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// The services that `order` calls.
    pub upstreams: Upstreams,
    /// How long the saga waits.
    pub saga: Timing,
    /// The checkout.
    pub checkout: CheckoutConfig,
    /// How long things are kept.
    pub retention: RetentionConfig,
}

/// The services that `order` calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstreams {
    /// Knows prices.
    pub catalog: upstream::Config,
    /// Publishes the keys of access tokens.
    pub user: upstream::Config,
}

/// The checkout.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckoutConfig {
    /// Milliseconds that a second request with the same idempotency key waits for the first.
    pub key_wait_ms: u32,
}

/// How long things are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionConfig {
    /// Hours after which an idempotency key is forgotten; at least 24.
    pub idempotency_keys_h: u32,
    /// Days after which the timeline of an order that is over is forgotten.
    pub timeline_d: u32,
    /// Seconds between two deletions of what is kept no longer.
    pub sweep_every_s: u32,
}

impl Own {
    /// What the types cannot say.
    ///
    /// # Errors
    /// The first key with a value that cannot work.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let saga = &self.saga;
        let waits = [
            ("saga.reserve_wait_ms", saga.reserve_wait_ms),
            ("saga.authorize_wait_ms", saga.authorize_wait_ms),
            ("saga.authentication_wait_ms", saga.authentication_wait_ms),
            ("saga.insist_wait_ms", saga.insist_wait_ms),
            ("saga.insist_wait_max_ms", saga.insist_wait_max_ms),
            ("saga.reservation_margin_ms", saga.reservation_margin_ms),
            ("saga.tick_ms", saga.tick_ms),
            ("checkout.key_wait_ms", self.checkout.key_wait_ms.into()),
        ];
        for (key, value) in waits {
            anyhow::ensure!(
                (1..=WEEK_MS).contains(&value),
                "{key} is {value}, it must be 1 to {WEEK_MS}: at most a week"
            );
        }
        let positive = [
            ("saga.reserve_attempts", saga.reserve_attempts),
            ("saga.authorize_attempts", saga.authorize_attempts),
            ("retention.timeline_d", self.retention.timeline_d),
            ("retention.sweep_every_s", self.retention.sweep_every_s),
        ];
        for (key, value) in positive {
            anyhow::ensure!(value > 0, "{key} is 0, it needs at least 1");
        }
        let attempts = saga.reserve_attempts.max(saga.authorize_attempts);
        anyhow::ensure!(
            attempts <= 10,
            "saga.reserve_attempts and saga.authorize_attempts may be at most 10: the waits double"
        );
        anyhow::ensure!(
            saga.insist_wait_max_ms >= saga.insist_wait_ms,
            "saga.insist_wait_max_ms is less than saga.insist_wait_ms"
        );
        anyhow::ensure!(
            self.retention.idempotency_keys_h >= 24,
            "retention.idempotency_keys_h is {}, callers rely on at least 24",
            self.retention.idempotency_keys_h
        );
        Ok(())
    }
}

impl RetentionConfig {
    pub(crate) fn idempotency_keys(&self) -> chrono::Duration {
        chrono::Duration::hours(self.idempotency_keys_h.into())
    }

    pub(crate) fn timelines(&self) -> chrono::Duration {
        chrono::Duration::days(self.timeline_d.into())
    }

    pub(crate) fn sweep_every(&self) -> Duration {
        Duration::from_secs(self.sweep_every_s.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use chassis::config::{Source, load};

    use super::Config;

    fn check(key: &str, value: &str) -> Result<(), String> {
        let source = Source::defaults(crate::ABOUT)
            .set("database.url", "postgres://localhost/order")
            .set("broker.url", "amqp://localhost/%2f")
            .set(key, value);
        let config: Config = load(&source).unwrap();
        config.own.own.check().map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_work() {
        assert_eq!(check("saga.tick_ms", "1000"), Ok(()));
    }

    #[test]
    fn values_that_can_not_work_are_refused_by_name() {
        for (key, value) in [
            ("saga.tick_ms", "0"),
            ("saga.reserve_attempts", "0"),
            ("saga.authorize_attempts", "11"),
            ("saga.authentication_wait_ms", "0"),
            ("saga.insist_wait_max_ms", "1"),
            ("saga.insist_wait_max_ms", "604800001"),
            ("saga.authentication_wait_ms", "18446744073709551615"),
            ("checkout.key_wait_ms", "4294967295"),
            ("retention.idempotency_keys_h", "23"),
            ("retention.timeline_d", "0"),
            ("checkout.key_wait_ms", "0"),
        ] {
            let refused = check(key, value).unwrap_err();
            assert!(refused.contains(key), "{key}: {refused}");
        }
    }
}
