//! The caller's account, and the signing keys.

use actix_web::{HttpResponse, http::header};

use super::{
    answer::{Answer, created, ok},
    request::Body,
};
use crate::{
    model::{Registration, SigningKey, User},
    upstreams::Upstreams,
};

/// Register
///
/// Creates a customer account. It does not sign in.
#[utoipa::path(post, path = "/api/v1/users", tag = "Accounts", request_body = Registration,
    responses((status = 201, description = "The new account", body = User)),
    extensions(("x-problems" = json!(["EMAIL_TAKEN", "VALIDATION_FAILED", "TOO_MANY_SIGN_INS"]))))]
pub(crate) async fn register(upstreams: Upstreams, Body(new): Body<Registration>) -> Answer {
    let user = upstreams.user().register(new).await?;
    created("/api/v1/me".to_owned(), &user)
}

/// Read the caller's account
#[utoipa::path(get, path = "/api/v1/me", tag = "Accounts",
    responses((status = 200, description = "The caller's account", body = User)))]
pub(crate) async fn me(upstreams: Upstreams) -> Answer {
    ok(&upstreams.user().me().await?)
}

/// Read the public keys
///
/// A JSON Web Key Set (RFC 7517): the Ed25519 keys that verify access tokens.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "Keys",
    responses((status = 200, description = "The keys", body = serde_json::Value)))]
pub(crate) async fn jwks(upstreams: Upstreams) -> Answer {
    let keys = upstreams.user().jwks().await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .content_type("application/json")
        .body(keys))
}

/// Rotate the signing key
///
/// Publishes a new key, which signs tokens after an activation delay. If one is waiting already,
/// returns that one. Older tokens stay valid until they expire. Staff only.
#[utoipa::path(post, path = "/api/v1/signing-keys", tag = "Keys",
    responses((status = 200, description = "The next signing key", body = SigningKey)))]
pub(crate) async fn rotate_signing_key(upstreams: Upstreams) -> Answer {
    ok(&upstreams.user().rotate_signing_key().await?)
}
