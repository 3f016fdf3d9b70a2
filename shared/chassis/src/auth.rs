//! Authentication and authorization of callers.
//!
//! `user` signs access tokens (Ed25519 JWTs) and publishes the public keys. Every process verifies
//! tokens itself. A policy table per service ([`Policy`]) says who may call which RPC.

use garde::Validate;
use kernel::{Groups, UserId};

use crate::config::rules::required;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

mod claims;
mod keys;
mod policy;
mod verified;

pub use claims::{Claims, MULTI_FACTOR, PASSWORD};
pub use keys::Keys;
pub use policy::{Access, Policy, Row, STEP_UP_MAX_AGE_S};

use crate::status::{Reject, TOKEN_MISSING};

/// Seconds from the issue of an access token to its expiry, at most. A verifier rejects a token that lives
/// longer: the thief of a signing key cannot make a token that outlasts a change of the account or its role.
pub const MAX_TOKEN_LIFETIME_S: i64 = 3_600;

/// Larger offsets would accept tokens long after they expire.
const MAX_CLOCK_OFFSET_S: i64 = 300;

/// How access tokens are verified.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// The issuer that a token must have.
    #[garde(custom(required))]
    pub issuer: String,
    /// The audience that a token must have.
    #[garde(custom(required))]
    pub audience: String,
    /// Seconds by which the clocks of issuer and verifier may differ.
    #[garde(range(min = 0, max = 3_600))]
    pub leeway_s: u64,
    /// Seconds between two fetches of the public keys. A revoked key is accepted for this long, plus
    /// `signing_keys.refresh_s` of `user`.
    #[garde(range(min = 1, max = 86_400))]
    pub refresh_s: u64,
    /// Least seconds between two fetches for tokens with an unknown key, so that a stream of forged
    /// tokens does not cause a stream of calls to `user`.
    #[garde(range(min = 1, max = 86_400))]
    pub unknown_key_interval_s: u64,
    /// Seconds that are added to the clock when tokens are verified, -300 to 300. Only `cargo xtask
    /// prove` sets it, to simulate clock skew between replicas.
    #[garde(range(min = -MAX_CLOCK_OFFSET_S, max = MAX_CLOCK_OFFSET_S))]
    pub clock_offset_s: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            issuer: "mercantile".to_owned(),
            audience: "mercantile".to_owned(),
            leeway_s: 30,
            refresh_s: 10,
            unknown_key_interval_s: 1,
            clock_offset_s: 0,
        }
    }
}

/// The role of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Buys products.
    Customer,
    /// Works for the shop; may do everything that a customer may, and what their groups permit.
    Staff,
}

/// The verified caller of an RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub user_id: UserId,
    /// Their role.
    pub role: Role,
    /// The session of the token.
    pub session_id: Uuid,
    /// What a staff member may do; none without a second factor.
    pub groups: Groups,
    /// When they last proved who they are, Unix seconds.
    pub authenticated_at: i64,
    /// Whether they proved it with two factors.
    pub second_factor: bool,
}

impl Caller {
    /// Whether they proved a second factor in the last [`STEP_UP_MAX_AGE_S`] before `now` (Unix seconds).
    #[must_use]
    pub fn is_recent(&self, now: i64) -> bool {
        self.second_factor && now.saturating_sub(self.authenticated_at) <= STEP_UP_MAX_AGE_S
    }

    /// True for a staff member with one of these groups.
    #[must_use]
    pub fn is_in(&self, groups: Groups) -> bool {
        self.role == Role::Staff && self.groups.intersects(groups)
    }
}

/// The caller of an RPC that requires one.
///
/// # Errors
/// `UNAUTHENTICATED` without a caller, which is possible only for RPCs that are `Public`.
pub fn caller<T>(request: &tonic::Request<T>) -> Result<Caller, Reject> {
    maybe_caller(request).ok_or_else(token_missing)
}

/// The caller of an RPC, if there is one.
#[must_use]
pub fn maybe_caller<T>(request: &tonic::Request<T>) -> Option<Caller> {
    request.extensions().get::<Caller>().copied()
}

pub(crate) fn token_missing() -> Reject {
    Reject::unauthenticated(TOKEN_MISSING, "sign in first")
}
