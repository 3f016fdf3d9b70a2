//! Accounts and signing keys.

use actix_web::{HttpResponse, http::header};
use contracts::user::v1::{GetJwksRequest, GetMeRequest, RegisterRequest, RotateSigningKeyRequest};

use super::answer::{Answer, created, ok};
use crate::{
    model::{Registration, SigningKey, User},
    rest::request::Body,
    upstreams::{Rpc, promised},
};

/// Register
///
/// Creates a customer account. Sign in afterwards.
#[utoipa::path(post, path = "/api/v1/users", tag = "Accounts", request_body = Registration,
    responses((status = 201, description = "The new account", body = User)),
    extensions(("x-problems" = json!(["EMAIL_TAKEN", "VALIDATION_FAILED", "TOO_MANY_SIGN_INS"]))))]
pub(crate) async fn register(rpc: Rpc, Body(new): Body<Registration>) -> Answer {
    let request = RegisterRequest {
        email: new.email,
        password: new.password,
        display_name: new.display_name,
    };
    let reply = rpc.call(rpc.user().register(request)).await?;
    let user = User::try_from(promised(reply.user, "RegisterResponse.user")?)?;
    created("/api/v1/me".to_owned(), &user)
}

/// Who am I?
#[utoipa::path(get, path = "/api/v1/me", tag = "Accounts",
    responses((status = 200, description = "The caller's account", body = User)))]
pub(crate) async fn me(rpc: Rpc) -> Answer {
    let reply = rpc.call(rpc.user().get_me(GetMeRequest {})).await?;
    ok(&User::try_from(promised(
        reply.user,
        "GetMeResponse.user",
    )?)?)
}

/// Public keys
///
/// A JSON Web Key Set (RFC 7517): the Ed25519 keys that verify access tokens.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "Accounts",
    responses((status = 200, description = "The keys", body = serde_json::Value)))]
pub(crate) async fn jwks(rpc: Rpc) -> Answer {
    let reply = rpc.call(rpc.user().get_jwks(GetJwksRequest {})).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .content_type("application/json")
        .body(reply.jwks_json))
}

/// Rotate the signing key
///
/// New tokens will be signed by a new key; older tokens stay valid until they expire. Staff only.
#[utoipa::path(post, path = "/api/v1/signing-keys", tag = "Accounts",
    responses((status = 200, description = "The key that signs next", body = SigningKey)))]
pub(crate) async fn rotate_signing_key(rpc: Rpc) -> Answer {
    let request = RotateSigningKeyRequest {};
    let reply = rpc.call(rpc.user().rotate_signing_key(request)).await?;
    ok(&SigningKey::try_from(reply)?)
}
