//! The configuration of `gateway`. `config/default.toml` explains every key.

use chassis::{auth, process};
use messaging::BrokerConfig;
use serde::Deserialize;

use crate::{
    cache,
    edge::{
        config::{BudgetConfig, HttpConfig},
        rate_limit,
    },
    upstreams,
};

/// The configuration of `gateway`.
pub type Config = process::Config<Own>;

/// The sections that `gateway` alone has.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// The public port.
    pub http: HttpConfig,
    /// The broker: where events of products come from.
    pub broker: BrokerConfig,
    /// The services.
    pub upstreams: upstreams::Config,
    /// What access tokens must say.
    pub auth: auth::Config,
    /// Time per request.
    pub budget: BudgetConfig,
    /// The cache of product pages.
    pub cache: cache::Config,
    /// Limits per client.
    pub rate_limit: rate_limit::Config,
}
