//! Rate limits: GCRA per client address and per account, shared in Redis, counted locally while
//! Redis is away. Nothing else in the gateway uses Redis.

use std::{net::IpAddr, time::Duration};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use kernel::UserId;
use sha2::{Digest, Sha256};

use crate::{
    edge::{
        problem::{Problem, reasons},
        route::Class,
    },
    metrics::{Decision, RATE_LIMIT_DECISIONS, RATE_LIMIT_FALLBACKS, RATE_LIMITED_REQUESTS},
};

mod charge;
pub(super) mod config;
mod local;
mod shared;

use charge::{Charge, Outcome, charges};
pub(crate) use config::Config;
use config::Rate;
use local::Local;
use shared::Shared;

/// Counts requests.
pub(crate) struct Limiter {
    config: Config,
    shared: Shared,
    local: Local,
}

impl Limiter {
    /// Prepares the counters; Redis is connected when it is first needed.
    ///
    /// # Errors
    /// `rate_limit.redis_url` is no Redis URL.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            config: config.clone(),
            shared: Shared::new(config)?,
            local: Local::default(),
        })
    }

    /// Takes one request from the client's and the account's allowance.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with the time to wait.
    pub(crate) async fn take(
        &self,
        class: Class,
        address: Option<IpAddr>,
        user: Option<UserId>,
    ) -> Result<Option<Quota>, Problem> {
        if !self.config.enabled {
            return Ok(None);
        }
        let (name, rates) = match class {
            Class::Page => ("page", self.config.page),
            Class::Search | Class::Api => ("api", self.config.api),
            Class::Identity => ("identity", self.config.identity),
            Class::Webhook => ("webhook", self.config.webhook),
        };
        let charges = charges(name, rates, address, user);
        let quota = self.charge(name, &charges, class == Class::Page).await?;
        // The headers of the most frequent answer stay small.
        Ok(quota.filter(|_| class != Class::Page))
    }

    /// Takes one attempt to sign in to an account, from any address.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with the time to wait.
    pub(crate) async fn take_sign_in(&self, email: &str) -> Result<(), Problem> {
        if !self.config.enabled {
            return Ok(());
        }
        // No e-mail address in Redis.
        let digest = Sha256::digest(email.trim().to_lowercase());
        let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let charge = Charge {
            key: format!("identity:account:{name}"),
            rate: self.config.identity.per_user,
        };
        self.charge("identity", &[charge], false).await?;
        Ok(())
    }

    async fn charge(
        &self,
        name: &'static str,
        charges: &[Charge],
        is_local: bool,
    ) -> Result<Option<Quota>, Problem> {
        let shared = if is_local {
            None
        } else {
            let shared = self.shared.take(charges).await;
            if shared.is_none() {
                RATE_LIMIT_FALLBACKS.inc();
            }
            shared
        };
        let outcome = shared.unwrap_or_else(|| self.local.take(charges));
        let Some(rate) = charges.get(outcome.index).map(|charge| charge.rate) else {
            return Ok(None);
        };
        if !outcome.allowed {
            RATE_LIMITED_REQUESTS.of(name).inc();
            RATE_LIMIT_DECISIONS.of((name, Decision::Limited)).inc();
            let wait = Duration::from_micros(outcome.wait_us);
            return Err(Problem::new(&reasons::RATE_LIMITED).retry_after(wait));
        }
        RATE_LIMIT_DECISIONS.of((name, Decision::Allowed)).inc();
        Ok(Some(Quota {
            name,
            rate,
            outcome,
        }))
    }
}

/// What a client may still do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    name: &'static str,
    rate: Rate,
    outcome: Outcome,
}

impl Quota {
    /// Writes `RateLimit-Policy` and `RateLimit`.
    pub(crate) fn announce(&self, headers: &mut HeaderMap) {
        let Self {
            name,
            rate,
            outcome,
        } = self;
        let window_s = rate.tolerance_us().div_ceil(1_000_000);
        let policy = format!("\"{name}\";q={};w={window_s}", rate.burst);
        let reset_s = outcome.reset_us.div_ceil(1_000_000);
        let state = format!("\"{name}\";r={};t={reset_s}", outcome.remaining);
        for (header, text) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(HeaderName::from_static(header), value);
            }
        }
    }
}
