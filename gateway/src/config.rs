//! The configuration of `gateway`. `config/default.toml` explains every key.

use chassis::{auth, process};
use garde::Validate;
use messaging::BrokerConfig;
use serde::Deserialize;

use crate::{
    cache,
    edge::{
        config::{BudgetConfig, HttpConfig},
        rate_limit,
    },
    faults, pages, progress, upstreams,
};

/// The configuration of `gateway`.
pub type Config = process::Config<Own>;

/// The sections that only `gateway` has.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Own {
    /// The public port.
    #[garde(dive)]
    pub http: HttpConfig,
    /// The broker that delivers events of products and orders.
    #[garde(dive)]
    pub broker: BrokerConfig,
    /// The services.
    #[garde(dive)]
    pub upstreams: upstreams::Config,
    /// Issuer and audience of access tokens.
    #[garde(dive)]
    pub auth: auth::Config,
    /// Time per request.
    #[garde(dive)]
    pub budget: BudgetConfig,
    /// The cache of product pages.
    #[garde(dive)]
    pub cache: cache::Config,
    /// Streams of the progress of orders.
    #[garde(dive)]
    pub streams: progress::Config,
    /// What the pages say about the shop.
    #[garde(dive)]
    pub pages: pages::Config,
    /// Faults for demonstrations.
    #[garde(dive)]
    pub faults: faults::Config,
    /// Limits per client.
    #[garde(dive)]
    pub rate_limit: rate_limit::Config,
}
