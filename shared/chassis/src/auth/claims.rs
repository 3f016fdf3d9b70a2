use kernel::UserId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Caller, Role};

/// What an access token says. `user` signs it, everyone verifies it.
///
/// The header is `{"alg":"EdDSA","kid":"..."}`. No personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Whose token it is.
    pub sub: UserId,
    /// What they may do.
    pub role: Role,
    /// The session, so that `user` can end it.
    pub sid: Uuid,
    /// Issued at, Unix seconds.
    pub iat: i64,
    /// Valid until, Unix seconds.
    pub exp: i64,
    /// Who issued it ([`super::Config::issuer`]).
    pub iss: String,
    /// For whom ([`super::Config::audience`]).
    pub aud: String,
}

impl Claims {
    /// The caller that the token speaks for.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller {
            user_id: self.sub,
            role: self.role,
            session_id: self.sid,
        }
    }
}
