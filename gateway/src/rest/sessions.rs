//! Signing in and out.

use actix_web::{HttpResponse, web::Data};
use contracts::{
    order::v1::MergeCartRequest,
    user::v1::{RefreshSessionRequest, SignInRequest, SignOutRequest},
};

use super::answer::{Answer, no_content, ok, private};
use crate::{
    edge::gate::Gate,
    model::{Credentials, RefreshToken, Session},
    rest::request::{Body, CartToken},
    upstreams::{Rpc, promised},
};

/// Sign in
///
/// Starts a session. With a `Cart-Token` header the guest's cart is moved into the account's cart.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "Sessions", request_body = Credentials,
    params(("Cart-Token" = Option<String>, Header, description = "The guest's cart to be merged", pattern = "^[!-~]{1,255}$")),
    responses((status = 201, description = "The new session", body = Session)),
    extensions(("x-problems" = json!(["CREDENTIALS_INVALID", "HEADER_INVALID", "TOO_MANY_SIGN_INS", "VALIDATION_FAILED"]))))]
pub(crate) async fn sign_in(
    rpc: Rpc,
    gate: Data<Gate>,
    CartToken(guest): CartToken,
    Body(credentials): Body<Credentials>,
) -> Answer {
    gate.limiter.take_sign_in(&credentials.email).await?;
    let request = SignInRequest {
        email: credentials.email,
        password: credentials.password,
    };
    let reply = rpc.call(rpc.user().sign_in(request)).await?;
    let mut session = Session::try_from(promised(reply.session, "SignInResponse.session")?)?;
    if let Some(guest_token) = guest {
        session.cart_merged = merge(&rpc.with_token(&session.access_token), guest_token).await;
    }
    private(HttpResponse::Created(), &session)
}

/// A cart that cannot be merged now is no reason to keep someone out: the client can try again.
async fn merge(rpc: &Rpc, guest_token: String) -> bool {
    let request = MergeCartRequest { guest_token };
    match rpc.call(rpc.cart().merge_cart(request)).await {
        Ok(_) => true,
        Err(problem) => {
            tracing::warn!(
                reason = problem.kind().reason,
                "a guest's cart was not merged at sign-in"
            );
            false
        }
    }
}

/// Refresh a session
///
/// Exchanges a refresh token for new tokens; the old one is spent. A spent token that comes again
/// ends the whole session.
#[utoipa::path(post, path = "/api/v1/sessions/refresh", tag = "Sessions",
    request_body = RefreshToken,
    responses((status = 200, description = "The session with new tokens", body = Session)),
    extensions(("x-problems" = json!(["SESSION_INVALID", "SESSION_REUSED"]))))]
pub(crate) async fn refresh(rpc: Rpc, Body(token): Body<RefreshToken>) -> Answer {
    let request = RefreshSessionRequest {
        refresh_token: token.refresh_token,
    };
    let reply = rpc.call(rpc.user().refresh_session(request)).await?;
    let session = promised(reply.session, "RefreshSessionResponse.session")?;
    ok(&Session::try_from(session)?)
}

/// Sign out
///
/// Ends the session that the refresh token belongs to. An unknown token is no error.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "Sessions", request_body = RefreshToken,
    responses((status = 204, description = "The session has ended")))]
pub(crate) async fn sign_out(rpc: Rpc, Body(token): Body<RefreshToken>) -> Answer {
    let request = SignOutRequest {
        refresh_token: token.refresh_token,
    };
    rpc.call(rpc.user().sign_out(request)).await?;
    no_content()
}
