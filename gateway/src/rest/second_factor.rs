//! The second factor of staff: enrollment and step-up (RFC 9470).

use super::{
    answer::{Answer, ok},
    request::Body,
};
use crate::{
    model::{Enrolled, Enrollment, ProvedSession, SecondFactorCode},
    upstreams::Upstreams,
};

/// Enroll a second factor
///
/// Makes a new secret for an authenticator app. It counts once a code of it is confirmed. Staff only; replacing a
/// secret in use needs a recent second factor.
#[utoipa::path(post, path = "/api/v1/me/second-factor", tag = "Sessions",
    responses((status = 200, description = "The secret, shown only here", body = Enrollment)),
    extensions(("x-problems" = json!(["FORBIDDEN", "STEP_UP_REQUIRED", "SESSION_INVALID"]))))]
pub(crate) async fn enroll(upstreams: Upstreams) -> Answer {
    ok(&upstreams.staff().begin_second_factor().await?)
}

/// Confirm a second factor
///
/// Proves that the app has the new secret, which then counts, and returns ten recovery codes. Staff only.
#[utoipa::path(post, path = "/api/v1/me/second-factor/confirmation", tag = "Sessions",
    request_body = SecondFactorCode,
    responses((status = 200, description = "The recovery codes, and the session with the second factor", body = Enrolled)),
    extensions(("x-problems" = json!(["FORBIDDEN", "SECOND_FACTOR_NOT_BEGUN", "CODE_INVALID", "TOO_MANY_CODES", "SESSION_INVALID"]))))]
pub(crate) async fn confirm(upstreams: Upstreams, Body(code): Body<SecondFactorCode>) -> Answer {
    ok(&upstreams.staff().confirm_second_factor(code).await?)
}

/// Prove the second factor
///
/// Returns an access token of the same session with the caller's groups and a fresh `auth_time`. A code is accepted
/// once; five wrong ones in 15 minutes lock. Staff only.
#[utoipa::path(post, path = "/api/v1/sessions/step-up", tag = "Sessions", request_body = SecondFactorCode,
    responses((status = 200, description = "The session with the second factor", body = ProvedSession)),
    extensions(("x-problems" = json!(["FORBIDDEN", "SECOND_FACTOR_MISSING", "CODE_INVALID", "TOO_MANY_CODES", "SESSION_INVALID"]))))]
pub(crate) async fn step_up(upstreams: Upstreams, Body(code): Body<SecondFactorCode>) -> Answer {
    ok(&upstreams.staff().step_up(code).await?)
}
