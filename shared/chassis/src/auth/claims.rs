use kernel::{Groups, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Caller, Role};

/// `amr`: a password (RFC 8176).
pub const PASSWORD: &str = "pwd";
/// `amr`: several factors (RFC 8176).
pub const MULTI_FACTOR: &str = "mfa";

/// The payload of an access token.
///
/// The header is `{"alg":"EdDSA","kid":"..."}`. No personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The account.
    pub sub: UserId,
    /// The role of the account.
    pub role: Role,
    /// The session that the token belongs to.
    pub sid: Uuid,
    /// The groups of a staff member; none without a second factor.
    #[serde(default)]
    pub groups: Groups,
    /// When they last proved who they are, Unix seconds. A refresh does not change it.
    #[serde(default)]
    pub auth_time: i64,
    /// How they proved it (RFC 8176): [`PASSWORD`], [`MULTI_FACTOR`].
    #[serde(default)]
    pub amr: Vec<String>,
    /// Issued at, Unix seconds.
    pub iat: i64,
    /// Expires at, Unix seconds.
    pub exp: i64,
    /// The issuer ([`super::Config::issuer`]).
    pub iss: String,
    /// The audience ([`super::Config::audience`]).
    pub aud: String,
}

impl Claims {
    /// The caller that the token identifies.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller {
            user_id: self.sub,
            role: self.role,
            session_id: self.sid,
            groups: self.groups,
            authenticated_at: self.auth_time,
            second_factor: self.amr.iter().any(|method| method == MULTI_FACTOR),
        }
    }
}
