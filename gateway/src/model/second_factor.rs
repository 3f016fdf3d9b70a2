use chrono::{DateTime, Utc};
use contracts::user::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::convert::{required, time};
use crate::edge::problem::Problem;

/// A code that proves the second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondFactorCode {
    /// Six digits of the authenticator app, or a recovery code.
    #[schema(example = "287082", format = "password")]
    pub(crate) code: String,
}

/// A new secret for an authenticator app.
#[derive(Serialize, ToSchema)]
pub(crate) struct Enrollment {
    /// The secret in Base32, to be typed into the app (TOTP, RFC 6238: SHA-1, 6 digits, 30 s).
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", format = "password")]
    pub(crate) secret: String,
    /// The same as an `otpauth` URI, to be shown as a QR code.
    #[schema(format = "password")]
    pub(crate) uri: String,
}

/// A session after the second factor was proved.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProvedSession {
    /// Sent as `Authorization: Bearer <access_token>`, instead of the earlier one. The refresh token stays.
    #[schema(format = "password")]
    pub(crate) access_token: String,
    /// When the access token expires.
    pub(crate) access_expires_at: DateTime<Utc>,
}

/// The result of an enrollment.
#[derive(Serialize, ToSchema)]
pub(crate) struct Enrolled {
    /// For the time when the app is lost. Each works once; they are shown only here.
    #[schema(example = json!(["mfrg-gzdf-mztw-q2lk"]))]
    pub(crate) recovery_codes: Vec<String>,
    /// The session, in which the second factor is proved.
    pub(crate) session: ProvedSession,
}

impl From<v1::BeginSecondFactorResponse> for Enrollment {
    fn from(reply: v1::BeginSecondFactorResponse) -> Self {
        Self {
            secret: reply.secret,
            uri: reply.uri,
        }
    }
}

impl TryFrom<v1::ProvedSession> for ProvedSession {
    type Error = Problem;

    fn try_from(session: v1::ProvedSession) -> Result<Self, Problem> {
        Ok(Self {
            access_token: session.access_token,
            access_expires_at: time(session.access_expires_at, "ProvedSession.access_expires_at")?,
        })
    }
}

impl TryFrom<v1::ConfirmSecondFactorResponse> for Enrolled {
    type Error = Problem;

    fn try_from(reply: v1::ConfirmSecondFactorResponse) -> Result<Self, Problem> {
        let session = required(reply.session, "ConfirmSecondFactorResponse.session")?;
        Ok(Self {
            recovery_codes: reply.recovery_codes,
            session: session.try_into()?,
        })
    }
}
