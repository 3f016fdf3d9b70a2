//! The caller's account, and the signing keys.

use actix_web::{HttpResponse, http::header};
use uuid::Uuid;

use super::{
    answer::{Answer, no_content, ok, private},
    request::{Body, Patch, Segment},
};
use crate::{
    model::{
        ActionReason, EmailVerification, ProfilePatch, Registered, Registration, SigningKey, User,
    },
    upstreams::Upstreams,
};

/// Register
///
/// Creates a customer account, unless the address has one. The answer is the same in both cases: an e-mail notifies the owner of
/// the address which it was. A new account can sign in at once. An address that is not confirmed gets few e-mails a day.
#[utoipa::path(post, path = "/api/v1/users", tag = "Accounts", request_body = Registration,
    responses((status = 202, description = "The registration is received", body = Registered)),
    extensions(("x-problems" = json!(["VALIDATION_FAILED", "TOO_MANY_SIGN_INS"]))))]
pub(crate) async fn register(upstreams: Upstreams, Body(new): Body<Registration>) -> Answer {
    let registered = upstreams.user().register(new).await?;
    private(HttpResponse::Accepted(), &registered)
}

/// Confirm an e-mail address
///
/// With the token of the e-mail that follows a registration. Once more changes nothing.
#[utoipa::path(post, path = "/api/v1/email-verifications", tag = "Accounts",
    request_body = EmailVerification,
    responses((status = 204, description = "The address is confirmed")),
    extensions(("x-problems" = json!(["VERIFICATION_INVALID"]))))]
pub(crate) async fn verify_email(
    upstreams: Upstreams,
    Body(token): Body<EmailVerification>,
) -> Answer {
    upstreams.user().verify_email(token).await?;
    no_content()
}

/// Read the caller's account
#[utoipa::path(get, path = "/api/v1/me", tag = "Accounts",
    responses((status = 200, description = "The caller's account", body = User)))]
pub(crate) async fn me(upstreams: Upstreams) -> Answer {
    ok(&upstreams.user().me().await?)
}

/// Change the caller's profile
///
/// A JSON merge patch (RFC 7396): members that are absent stay as they are. Also accepted as `application/json`.
#[utoipa::path(patch, path = "/api/v1/me", tag = "Accounts",
    request_body(content((ProfilePatch = "application/merge-patch+json"), (ProfilePatch = "application/json"))),
    responses((status = 200, description = "The caller's account as it is now", body = User)),
    extensions(("x-problems" = json!(["ACCOUNT_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn update_profile(upstreams: Upstreams, patch: Patch<ProfilePatch>) -> Answer {
    let patch = patch.members()?;
    ok(&upstreams.account().update_profile(patch).await?)
}

/// Read the public keys
///
/// A JSON Web Key Set (RFC 7517): the Ed25519 keys that verify access tokens.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "Keys",
    responses((status = 200, description = "The keys", body = serde_json::Value)))]
pub(crate) async fn jwks(upstreams: Upstreams) -> Answer {
    let keys = upstreams.user().jwks().await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=10"))
        .content_type("application/json")
        .body(keys))
}

/// Rotate the signing key
///
/// Publishes a new key, which signs tokens after an activation delay. If one is waiting already,
/// returns that one. Older tokens stay valid until they expire. Staff only.
#[utoipa::path(post, path = "/api/v1/staff/signing-keys", tag = "Keys",
    responses((status = 200, description = "The next signing key", body = SigningKey)))]
pub(crate) async fn rotate_signing_key(upstreams: Upstreams) -> Answer {
    ok(&upstreams.user().rotate_signing_key().await?)
}

/// Revoke a signing key
///
/// Removes a key that leaked, at once. No service accepts its tokens any more after 20 seconds at most; their
/// sessions go on with a refresh. Returns the key that signs now. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/signing-keys/{kid}/revocation", tag = "Keys",
    params(("kid" = Uuid, Path, description = "The key's id")), request_body = ActionReason,
    responses((status = 200, description = "The key that signs now", body = SigningKey)),
    extensions(("x-problems" = json!(["SIGNING_KEY_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn revoke_signing_key(
    upstreams: Upstreams,
    Segment(kid): Segment<Uuid>,
    Body(ActionReason { reason }): Body<ActionReason>,
) -> Answer {
    ok(&upstreams.user().revoke_signing_key(kid, reason).await?)
}
