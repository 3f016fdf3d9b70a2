//! Rate limits: GCRA per client address and per account. The counters are shared in Redis; while Redis
//! is unavailable, each gateway counts alone. Nothing else in the gateway uses Redis.

use std::{
    future::{Future, Ready, ready},
    net::IpAddr,
    time::Duration,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use instruments::LabelType;
use kernel::UserId;

use crate::{
    edge::{
        problem::{Problem, reasons},
        route::Class,
    },
    metrics::{self, Decision, RATE_LIMIT_DECISIONS, RATE_LIMIT_FALLBACKS, RATE_LIMITED_REQUESTS},
};

mod charge;
pub(super) mod config;
mod local;
mod shared;

use charge::{Charge, Outcome, charges};
pub(crate) use config::Config;
use config::{Rate, Rates};
use local::Local;
use shared::Shared;

/// Who sent a request, for limits that a handler applies; stored in the request's extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    /// The client's address, if it is known.
    pub(crate) address: Option<IpAddr>,
    /// The signed-in account.
    pub(crate) user: Option<UserId>,
}

impl FromRequest for Client {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let client = request.extensions().get().copied();
        ready(client.ok_or_else(|| Problem::new(&reasons::INTERNAL)))
    }
}

/// Applies the rate limits.
pub(crate) struct Limiter {
    config: Config,
    shared: Shared,
    local: Local,
}

impl Limiter {
    /// Connects to Redis at the first use.
    ///
    /// # Errors
    /// `rate_limit.redis_url` is not a Redis URL.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            config: config.clone(),
            shared: Shared::new(config)?,
            local: Local::default(),
        })
    }

    /// Counts one request of a client address and an account.
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
        let (limit, rates) = match class {
            Class::Page => (metrics::Class::Page, self.config.page),
            Class::Search | Class::Api => (metrics::Class::Api, self.config.api),
            Class::Identity => (metrics::Class::Identity, self.config.identity),
            Class::Webhook => (metrics::Class::Webhook, self.config.webhook),
        };
        let charges = charges(metrics::Class::text(limit), rates, address, user);
        let (_, quota) = self.charge(limit, &charges, class == Class::Page).await?;
        // Product pages are the most frequent response; they carry no rate limit headers.
        Ok(quota.filter(|_| class != Class::Page))
    }

    /// Counts one new cart of a guest.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with the time to wait.
    pub(crate) async fn take_new_cart(&self, client: &Client) -> Result<(), Problem> {
        if !self.config.enabled {
            return Ok(());
        }
        let rates = Rates {
            per_ip: self.config.new_cart,
            per_user: self.config.new_cart,
        };
        let charges = charges("new_cart", rates, client.address, None);
        self.charge(metrics::Class::NewCart, &charges, false)
            .await?;
        Ok(())
    }

    /// Makes one attempt to use a discount code. It is counted before its outcome is known, so that concurrent attempts
    /// cannot exceed the limit, and not counted after all unless the code does not apply.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with the time to wait, and those of the attempt.
    pub(crate) async fn with_code<T>(
        &self,
        client: &Client,
        attempt: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        if !self.config.enabled {
            return attempt.await;
        }
        let (address, user) = (client.address, client.user);
        let charges = charges("wrong_code", self.config.wrong_code, address, user);
        let (store, _) = self
            .charge(metrics::Class::WrongCode, &charges, false)
            .await?;
        let outcome = attempt.await;
        let is_wrong = |problem: &Problem| problem.kind() == &reasons::DISCOUNT_INVALID;
        if !outcome.as_ref().is_err_and(is_wrong) {
            // Where it was counted.
            match store {
                Store::Local => self.local.give_back(&charges),
                Store::Shared => self.shared.give_back(&charges).await,
            }
        }
        outcome
    }

    async fn charge(
        &self,
        limit: metrics::Class,
        charges: &[Charge],
        is_local: bool,
    ) -> Result<(Store, Option<Quota>), Problem> {
        let shared = if is_local {
            None
        } else {
            let shared = self.shared.take(charges).await;
            if shared.is_none() {
                RATE_LIMIT_FALLBACKS.inc();
            }
            shared
        };
        let store = shared.as_ref().map_or(Store::Local, |_| Store::Shared);
        let outcome = shared.unwrap_or_else(|| self.local.take(charges));
        let Some(rate) = charges.get(outcome.index).map(|charge| charge.rate) else {
            return Ok((store, None));
        };
        if !outcome.allowed {
            RATE_LIMITED_REQUESTS.of(limit).inc();
            RATE_LIMIT_DECISIONS.of((limit, Decision::Limited)).inc();
            let wait = Duration::from_micros(outcome.wait_us);
            return Err(Problem::new(&reasons::RATE_LIMITED).retry_after(wait));
        }
        RATE_LIMIT_DECISIONS.of((limit, Decision::Allowed)).inc();
        let quota = Quota {
            limit,
            rate,
            outcome,
        };
        Ok((store, Some(quota)))
    }
}

/// Which counters a request was charged to.
#[derive(Debug, Clone, Copy)]
enum Store {
    Local,
    Shared,
}

/// The remaining quota of the most exhausted counter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    limit: metrics::Class,
    rate: Rate,
    outcome: Outcome,
}

impl Quota {
    /// Writes `RateLimit-Policy` and `RateLimit`.
    pub(crate) fn write_headers(&self, headers: &mut HeaderMap) {
        let Self {
            limit,
            rate,
            outcome,
        } = self;
        let name = metrics::Class::text(*limit);
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
