use kernel::UserId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Caller, Role};

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
        }
    }
}
