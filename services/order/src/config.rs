//! The configuration of `order`. `config/default.toml` explains every key.

use std::time::Duration;

use garde::Validate;
use serde::Deserialize;

use crate::domain::{DeclineLimits, ReturnRules};
use crate::saga::Timing;

/// The configuration of `order`.
pub type Config = service::Config<Own>;

/// The sections that `order` alone has.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Own {
    /// The services that `order` calls.
    #[garde(dive)]
    pub upstreams: Upstreams,
    /// Deadlines and attempts of the saga's steps.
    #[garde(dive)]
    pub saga: Timing,
    /// Placing orders.
    #[garde(dive)]
    pub checkout: CheckoutConfig,
    /// Returns of sold units.
    #[garde(dive)]
    pub returns: ReturnsConfig,
    /// How long rows are kept.
    #[garde(dive)]
    pub retention: RetentionConfig,
    /// Demo data.
    #[garde(dive)]
    pub seed: SeedConfig,
}

/// The services that `order` calls.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Upstreams {
    /// Returns products and prices.
    #[garde(dive)]
    pub catalog: upstream::Config,
    /// Publishes the keys of access tokens.
    #[garde(dive)]
    pub user: upstream::Config,
}

/// Placing orders.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct CheckoutConfig {
    /// Milliseconds that a second request with the same idempotency key waits for the first.
    #[garde(range(min = 1, max = 60_000))]
    pub key_wait_ms: u32,
    /// The largest total of an order, in minor units. The payment provider refuses more.
    #[garde(range(min = 1, max = 1_000_000_000_000))]
    pub max_total_minor_units: i64,
    /// The payment methods that the provider knows, comma-separated. Empty: every id with the prefix `pm_`.
    pub payment_methods: String,
    /// Limits of declined payments.
    #[garde(dive)]
    pub declines: DeclinesConfig,
}

/// How many payments may be declined until no order is accepted.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct DeclinesConfig {
    /// Seconds in which declined payments are counted.
    #[garde(range(min = 1, max = 2_592_000))]
    pub window_s: u32,
    /// Of one account, orders in flight included.
    #[garde(range(min = 1, max = 10_000))]
    pub per_account: u32,
    /// Of one card, whatever the account.
    #[garde(range(min = 1, max = 1_000_000))]
    pub per_card: u32,
    /// From one network.
    #[garde(range(min = 1, max = 1_000_000))]
    pub per_network: u32,
}

impl DeclinesConfig {
    pub(crate) fn window(self) -> chrono::Duration {
        chrono::Duration::seconds(self.window_s.into())
    }

    pub(crate) fn limits(self) -> DeclineLimits {
        DeclineLimits {
            window: self.window(),
            per_account: self.per_account,
            per_card: self.per_card,
            per_network: self.per_network,
        }
    }
}

/// Returns of sold units.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ReturnsConfig {
    /// Days after the delivery in which customers may ask for a return.
    #[garde(range(min = 1, max = 3_650))]
    pub period_d: u32,
    /// Days after the delivery in which a return is approved without staff. 0: never.
    #[garde(range(max = 3_650))]
    pub automatic_d: u32,
    /// The most that automatic approvals refund of one order, in minor units.
    #[garde(range(min = 0, max = 1_000_000_000_000))]
    pub automatic_max_minor_units: i64,
}

impl ReturnsConfig {
    pub(crate) fn rules(self) -> ReturnRules {
        ReturnRules {
            period: chrono::Duration::days(self.period_d.into()),
            automatic_period: chrono::Duration::days(self.automatic_d.into()),
            automatic_max: self.automatic_max_minor_units,
        }
    }
}

/// How long rows are kept.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RetentionConfig {
    /// Hours after which an idempotency key is deleted; at least 24.
    #[garde(range(min = 24, max = 8_760))]
    pub idempotency_keys_h: u32,
    /// Days after which the timeline of a rejected, cancelled or delivered order is deleted.
    #[garde(range(min = 1, max = 36_500))]
    pub timeline_d: u32,
    /// Seconds between two deletions of expired rows.
    #[garde(range(min = 1, max = 86_400))]
    pub sweep_every_s: u32,
}

/// The `[seed]` section.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SeedConfig {
    /// Allows `order seed` to create the demo discount codes, which are public.
    pub demo_codes: bool,
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
            .set("tokens.secrets", testkit::TOKEN_SECRET)
            .set(key, value);
        let loaded = load::<Config>(&source);
        loaded.map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(check("saga.tick_ms", "1000"), Ok(()));
    }

    #[test]
    fn invalid_values_are_rejected_by_name() {
        for (key, value) in [
            ("saga.tick_ms", "0"),
            ("saga.reserve_attempts", "0"),
            ("saga.authorize_attempts", "11"),
            ("saga.authentication_wait_ms", "0"),
            ("saga.insist_wait_max_ms", "604800001"),
            ("saga.insist_wait_ms", "60001"),
            ("saga.authentication_wait_ms", "18446744073709551615"),
            ("checkout.key_wait_ms", "4294967295"),
            ("retention.idempotency_keys_h", "23"),
            ("retention.timeline_d", "0"),
            ("checkout.key_wait_ms", "0"),
            ("returns.period_d", "0"),
            ("checkout.declines.per_account", "0"),
            ("checkout.declines.window_s", "0"),
            ("returns.automatic_max_minor_units", "-1"),
            ("checkout.max_total_minor_units", "0"),
        ] {
            let rejected = check(key, value).unwrap_err();
            assert!(rejected.contains(key), "{key}: {rejected}");
        }
    }
}
