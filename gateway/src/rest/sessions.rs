use actix_web::HttpResponse;

use super::{
    answer::{Answer, no_content, ok, private},
    request::{Body, CartToken, DeviceToken, UserAgent},
};
use crate::{
    model::{Credentials, MergedCart, RefreshToken, Session},
    upstreams::Upstreams,
};

/// Sign in
///
/// Starts a session. With a `Cart-Token` header, what fits of the guest's cart is moved into the account's. The rest
/// stays in the guest's cart. Too many wrong passwords, for the account or from the client's network, are answered with
/// `SIGN_IN_THROTTLED`; a device that signed in before sends its `Device-Token` and is exempt.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "Sessions", request_body = Credentials,
    params(("Cart-Token" = Option<String>, Header, description = "Token of the guest's cart to merge; a malformed one names no cart"),
        ("Device-Token" = Option<String>, Header, description = "`device_token` of the last sign-in on this device")),
    responses((status = 201, description = "The new session", body = Session)),
    extensions(("x-problems" = json!(["CREDENTIALS_INVALID", "SIGN_IN_THROTTLED", "TOO_MANY_SIGN_INS", "VALIDATION_FAILED"]))))]
pub(crate) async fn sign_in(
    upstreams: Upstreams,
    guest: Option<CartToken>,
    DeviceToken(device): DeviceToken,
    UserAgent(agent): UserAgent,
    Body(credentials): Body<Credentials>,
) -> Answer {
    let user = upstreams.user();
    let mut session = user.sign_in(credentials, device, agent).await?;
    // A malformed token names no cart, and must not keep anyone from signing in.
    if let Some(CartToken(Some(guest_token))) = guest {
        let upstreams = upstreams.with_token(&session.access_token);
        if let Some(merged) = merge(&upstreams, guest_token).await {
            session.cart_merged = merged.merged;
            session.cart_left = merged.left;
        }
    }
    private(HttpResponse::Created(), &session)
}

/// A failed merge does not fail the sign-in. It changes nothing, so the client can retry it.
async fn merge(upstreams: &Upstreams, guest_token: String) -> Option<MergedCart> {
    match upstreams.cart().merge(guest_token).await {
        Ok(merged) => Some(merged),
        Err(problem) => {
            tracing::warn!(
                reason = problem.kind().reason,
                "cannot merge a guest's cart at sign-in"
            );
            None
        }
    }
}

/// Refresh a session
///
/// Exchanges a refresh token for new tokens. For 10 seconds, the same refresh token returns the same new one,
/// so a lost response can be repeated. Later reuse revokes the session.
#[utoipa::path(post, path = "/api/v1/sessions/refresh", tag = "Sessions",
    request_body = RefreshToken,
    responses((status = 200, description = "The session with new tokens", body = Session)),
    extensions(("x-problems" = json!(["SESSION_INVALID", "SESSION_REUSED"]))))]
pub(crate) async fn refresh(upstreams: Upstreams, Body(token): Body<RefreshToken>) -> Answer {
    ok(&upstreams.user().refresh(token).await?)
}

/// Sign out
///
/// Ends the session of the refresh token. An unknown token is not an error.
#[utoipa::path(post, path = "/api/v1/sessions/revocation", tag = "Sessions", request_body = RefreshToken,
    responses((status = 204, description = "The session has ended")))]
pub(crate) async fn sign_out(upstreams: Upstreams, Body(token): Body<RefreshToken>) -> Answer {
    upstreams.user().sign_out(token).await?;
    no_content()
}
