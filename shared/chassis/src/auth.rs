//! Who is calling, and what they may do.
//!
//! Access tokens are Ed25519 JWTs that `user` signs. Every process verifies them by itself with the
//! public keys that `user` publishes; a table per service ([`Policy`]) says who may call which RPC.

use kernel::UserId;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

mod claims;
mod keys;
mod policy;
mod verified;

pub use claims::Claims;
pub use keys::Keys;
pub use policy::{Access, Policy};

use crate::status::{Reject, TOKEN_MISSING};

/// Clocks that differ by more are broken, and no experiment needs more.
const LARGEST_CLOCK_OFFSET_S: i64 = 300;

/// What a token must say to be accepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who must have issued the token.
    pub issuer: String,
    /// For whom it must have been issued.
    pub audience: String,
    /// Seconds by which clocks may differ.
    pub leeway_s: u64,
    /// Seconds between two fetches of the public keys.
    pub refresh_s: u64,
    /// Seconds between two fetches caused by tokens with an unknown key: a stream of forged tokens
    /// must not become a stream of calls to `user`.
    pub unknown_key_interval_s: u64,
    /// Seconds by which this process's clock is taken to be wrong when it checks tokens. 0 outside
    /// of experiments: `cargo xtask prove` shows with it that replicas whose clocks differ lose nothing.
    /// -300 to 300: more would accept tokens for long after their end.
    #[serde(deserialize_with = "clock_offset")]
    pub clock_offset_s: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            issuer: "mercantile".to_owned(),
            audience: "mercantile".to_owned(),
            leeway_s: 30,
            refresh_s: 300,
            unknown_key_interval_s: 10,
            clock_offset_s: 0,
        }
    }
}

fn clock_offset<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let seconds = i64::deserialize(deserializer)?;
    if (-LARGEST_CLOCK_OFFSET_S..=LARGEST_CLOCK_OFFSET_S).contains(&seconds) {
        return Ok(seconds);
    }
    let largest = LARGEST_CLOCK_OFFSET_S;
    let message = format!("auth.clock_offset_s is {seconds}, it must be -{largest} to {largest}");
    Err(serde::de::Error::custom(message))
}

/// What a person may do in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Someone who buys.
    Customer,
    /// Someone who works here; may do everything a customer may.
    Staff,
}

/// The verified caller of an RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub user_id: UserId,
    /// What they may do.
    pub role: Role,
    /// The session that the token belongs to.
    pub session_id: Uuid,
}

impl Caller {
    /// True for people who work here.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.role == Role::Staff
    }
}

/// The caller of an RPC that the policy opens to signed-in callers only.
///
/// # Errors
/// `UNAUTHENTICATED` if nobody is signed in (possible only on RPCs that are `Public`).
pub fn caller<T>(request: &tonic::Request<T>) -> Result<Caller, Reject> {
    maybe_caller(request).ok_or_else(token_missing)
}

/// The caller of an RPC, if they are signed in.
#[must_use]
pub fn maybe_caller<T>(request: &tonic::Request<T>) -> Option<Caller> {
    request.extensions().get::<Caller>().copied()
}

pub(crate) fn token_missing() -> Reject {
    Reject::unauthenticated(TOKEN_MISSING, "sign in first")
}
