//! The connections to the services.

use garde::Validate;
use serde::Deserialize;
use upstream::Upstream;

use crate::model::Service;

/// Concurrent webhook calls at most. Anyone can send webhooks, so the limit is far below that of
/// customers.
const MAX_CONCURRENT_WEBHOOKS: usize = 32;

/// The `[upstreams]` section.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// Accounts.
    #[garde(dive)]
    pub user: upstream::Config,
    /// Products and stock.
    #[garde(dive)]
    pub catalog: upstream::Config,
    /// Carts and orders.
    #[garde(dive)]
    pub order: upstream::Config,
    /// Payments.
    #[garde(dive)]
    pub payment: upstream::Config,
}

/// A channel to each service.
#[derive(Debug, Clone)]
pub(crate) struct Channels {
    /// Accounts.
    pub(crate) user: Upstream,
    /// Products and stock.
    pub(super) catalog: Upstream,
    /// Carts and orders.
    pub(super) order: Upstream,
    /// Payments.
    pub(super) payment: Upstream,
    /// Payments, for webhooks only: their failures must not open the circuit breaker of customers.
    pub(super) webhook: Upstream,
}

impl Channels {
    /// Prepares the channels; nothing is connected yet.
    ///
    /// # Errors
    /// A URL or TLS file is invalid.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        let webhook = upstream::Config {
            max_concurrent_calls: config
                .payment
                .max_concurrent_calls
                .min(MAX_CONCURRENT_WEBHOOKS),
            ..config.payment.clone()
        };
        Ok(Self {
            user: Upstream::new("user", &config.user)?,
            catalog: Upstream::new("catalog", &config.catalog)?,
            order: Upstream::new("order", &config.order)?,
            payment: Upstream::new("payment", &config.payment)?,
            webhook: Upstream::new("payment_webhooks", &webhook)?,
        })
    }

    /// The channel to a service.
    pub(crate) fn of(&self, service: Service) -> &Upstream {
        match service {
            Service::Catalog => &self.catalog,
            Service::Order => &self.order,
            Service::Payment => &self.payment,
            Service::User => &self.user,
        }
    }

    /// The same channels over separate connections. A shared connection costs a hop between threads
    /// per call, a third of the gateway's CPU time.
    #[must_use]
    pub(crate) fn of_worker(&self) -> Self {
        Self {
            user: self.user.with_own_connection(),
            catalog: self.catalog.with_own_connection(),
            order: self.order.with_own_connection(),
            payment: self.payment.with_own_connection(),
            webhook: self.webhook.with_own_connection(),
        }
    }
}
