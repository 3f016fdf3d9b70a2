//! Rate limits: GCRA per client address and per account, shared in Redis, counted locally while
//! Redis is away. The only place that knows Redis.

use std::{net::IpAddr, time::Duration};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use kernel::UserId;
use secrecy::SecretString;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::metrics::{Decision, RATE_LIMIT_DECISIONS, RATE_LIMIT_FALLBACKS, RATE_LIMITED_REQUESTS};
use crate::{
    edge::problem::{Problem, reasons},
    rest::routes::Class,
};

mod local;
mod shared;

use local::Local;
use shared::Shared;

/// The `[rate_limit]` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// False lets everything through.
    pub enabled: bool,
    /// `redis://host:port/database`
    pub redis_url: SecretString,
    /// Leads every key.
    pub key_prefix: String,
    /// Milliseconds to wait for Redis.
    pub timeout_ms: u64,
    /// Product pages; counted in this process only.
    pub page: Rates,
    /// Everything that is nothing else.
    pub api: Rates,
    /// Registering, signing in, refreshing.
    pub identity: Rates,
    /// What the payment provider tells.
    pub webhook: Rates,
}

/// The limits of a class.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// For a client's address; for IPv6 its /64.
    pub per_ip: Rate,
    /// For an account; to sign in, for the account whose e-mail address is given.
    pub per_user: Rate,
}

/// How often something may happen.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The steady rate; at least 1.
    pub per_minute: u32,
    /// How many may come at once; at least 1.
    pub burst: u32,
}

impl Rate {
    /// Microseconds between two requests at the steady rate.
    fn interval_us(self) -> u64 {
        (60_000_000 / u64::from(self.per_minute.max(1))).max(1)
    }

    /// Microseconds that a client may be ahead of the steady rate.
    fn tolerance_us(self) -> u64 {
        self.interval_us()
            .saturating_mul(u64::from(self.burst.max(1)))
    }
}

/// One counter that a request takes from.
struct Charge {
    key: String,
    rate: Rate,
}

/// What became of a request's charges; about the tightest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outcome {
    /// False: nothing was taken.
    allowed: bool,
    /// Index of the charge that this is about.
    index: usize,
    /// Requests that may follow at once.
    remaining: u64,
    /// Microseconds until one more is allowed; 0 if it was.
    wait_us: u64,
    /// Microseconds until the whole burst is there again.
    reset_us: u64,
}

/// Counts requests.
pub struct Limiter {
    config: Config,
    shared: Shared,
    local: Local,
}

impl Limiter {
    /// Prepares the counters; Redis is connected when it is first needed.
    ///
    /// # Errors
    /// `rate_limit.redis_url` is no Redis URL.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
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
    pub async fn take(
        &self,
        class: Class,
        ip: Option<IpAddr>,
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
        let charges = charges(name, rates, ip, user);
        let quota = self.charge(name, &charges, class == Class::Page).await?;
        // A page's headers are as small as can be: it is served more often than all else.
        Ok(quota.filter(|_| class != Class::Page))
    }

    /// Takes one try to sign in to an account, from whatever address it comes.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with the time to wait.
    pub(crate) async fn take_sign_in(&self, email: &str) -> Result<(), Problem> {
        if !self.config.enabled {
            return Ok(());
        }
        // Redis must not learn who has an account here.
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

fn charges(name: &str, rates: Rates, ip: Option<IpAddr>, user: Option<UserId>) -> Vec<Charge> {
    let by_ip = ip.map(|ip| Charge {
        key: format!("{name}:ip:{}", network(ip)),
        rate: rates.per_ip,
    });
    let by_user = user.map(|user| Charge {
        key: format!("{name}:user:{user}"),
        rate: rates.per_user,
    });
    by_ip.into_iter().chain(by_user).collect()
}

/// One household has one IPv4 address, or a whole /64.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

/// What a client may still do.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    name: &'static str,
    rate: Rate,
    outcome: Outcome,
}

impl Quota {
    /// Writes `RateLimit-Policy` and `RateLimit`.
    pub fn announce(&self, headers: &mut HeaderMap) {
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
