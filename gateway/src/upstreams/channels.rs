//! The connections to the services.

use serde::Deserialize;
use upstream::Upstream;

use crate::model::Service;

/// Webhooks that are passed on at the same time. Anyone may send them, so they are bounded far below
/// what customers have.
const WEBHOOKS_AT_ONCE: usize = 32;

/// The `[upstreams]` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Accounts.
    pub user: upstream::Config,
    /// Products and stock.
    pub catalog: upstream::Config,
    /// Carts and orders.
    pub order: upstream::Config,
    /// Payments.
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
    /// Payments, for webhooks alone: their failures do not open the circuit breaker of customers.
    pub(super) webhook: Upstream,
}

impl Channels {
    /// Prepares the channels; nothing is connected yet.
    ///
    /// # Errors
    /// A URL or TLS file cannot be used.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        let webhook = upstream::Config {
            max_concurrent_calls: config.payment.max_concurrent_calls.min(WEBHOOKS_AT_ONCE),
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
    pub(super) fn of(&self, service: Service) -> &Upstream {
        match service {
            Service::Catalog => &self.catalog,
            Service::Order => &self.order,
            Service::Payment => &self.payment,
            Service::User => &self.user,
        }
    }

    /// The same channels over connections of their own: a worker that shares none saves the hop
    /// between threads, which is a third of the gateway's work.
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
