//! Password and e-mail address of an account: changed by its owner, and the ways back into it by e-mail.

use actix_web::HttpResponse;

use super::{
    answer::{Answer, no_content, private},
    request::{Body, DeviceToken},
};
use crate::{
    model::{
        EmailChange, EmailChangeConfirmation, MailRequest, MailRequested, PasswordChange,
        PasswordReset,
    },
    upstreams::Upstreams,
};

/// Change the password
///
/// Ends all other sessions; this one stays. An e-mail notifies the owner. A wrong current password is limited like a failed
/// sign-in (`SIGN_IN_THROTTLED`); a device that signed in before sends its `Device-Token` and is exempt.
#[utoipa::path(post, path = "/api/v1/me/password", tag = "Accounts", request_body = PasswordChange,
    params(("Device-Token" = Option<String>, Header, description = "`device_token` of a sign-in on this device")),
    responses((status = 204, description = "The password is changed")),
    extensions(("x-problems" = json!(["PASSWORD_WRONG", "SESSION_INVALID", "SIGN_IN_THROTTLED", "TOO_MANY_SIGN_INS", "VALIDATION_FAILED"]))))]
pub(crate) async fn change_password(
    upstreams: Upstreams,
    DeviceToken(device): DeviceToken,
    Body(change): Body<PasswordChange>,
) -> Answer {
    upstreams.account().change_password(change, device).await?;
    no_content()
}

/// Ask for a reset of the password
///
/// The owner of the address gets an e-mail with a token, which is valid once, for an hour. The answer is the same whether or not
/// the address has an account. There are few e-mails per address and per client network.
#[utoipa::path(post, path = "/api/v1/password-resets", tag = "Accounts", request_body = MailRequest,
    responses((status = 202, description = "The request is received", body = MailRequested)),
    extensions(("x-problems" = json!(["VALIDATION_FAILED"]))))]
pub(crate) async fn request_reset(upstreams: Upstreams, Body(to): Body<MailRequest>) -> Answer {
    upstreams.account().request_password_reset(to).await?;
    private(HttpResponse::Accepted(), &MailRequested::new())
}

/// Reset the password
///
/// With the token of the e-mail. Ends all sessions, confirms the e-mail address, and notifies its owner. A second factor stays.
/// A change of the password or the address makes the token invalid.
#[utoipa::path(post, path = "/api/v1/password-resets/confirmation", tag = "Accounts", request_body = PasswordReset,
    responses((status = 204, description = "The password is replaced")),
    extensions(("x-problems" = json!(["PASSWORD_RESET_INVALID", "TOO_MANY_SIGN_INS", "VALIDATION_FAILED"]))))]
pub(crate) async fn reset(upstreams: Upstreams, Body(reset): Body<PasswordReset>) -> Answer {
    upstreams.account().reset_password(reset).await?;
    no_content()
}

/// Ask for a change of the e-mail address
///
/// The new address gets an e-mail with a token, which is valid once, for an hour; until it is confirmed, nothing changes. The
/// answer is the same if the address has an account already: then its owner is notified. A wrong password is limited like a
/// failed sign-in.
#[utoipa::path(post, path = "/api/v1/me/email", tag = "Accounts", request_body = EmailChange,
    params(("Device-Token" = Option<String>, Header, description = "`device_token` of a sign-in on this device")),
    responses((status = 202, description = "The request is received", body = MailRequested)),
    extensions(("x-problems" = json!(["PASSWORD_WRONG", "SESSION_INVALID", "SIGN_IN_THROTTLED", "TOO_MANY_SIGN_INS", "VALIDATION_FAILED"]))))]
pub(crate) async fn request_email_change(
    upstreams: Upstreams,
    DeviceToken(device): DeviceToken,
    Body(change): Body<EmailChange>,
) -> Answer {
    let account = upstreams.account();
    account.request_email_change(change, device).await?;
    private(HttpResponse::Accepted(), &MailRequested::new())
}

/// Confirm a change of the e-mail address
///
/// With the token of the e-mail to the new address. Ends all sessions but the one that asked for the change, and notifies the
/// earlier address.
#[utoipa::path(post, path = "/api/v1/email-changes/confirmation", tag = "Accounts", request_body = EmailChangeConfirmation,
    responses((status = 204, description = "The address is changed")),
    extensions(("x-problems" = json!(["EMAIL_CHANGE_INVALID", "EMAIL_TAKEN"]))))]
pub(crate) async fn confirm_email_change(
    upstreams: Upstreams,
    Body(token): Body<EmailChangeConfirmation>,
) -> Answer {
    upstreams.account().confirm_email_change(token).await?;
    no_content()
}

/// Ask for the confirmation e-mail again
///
/// The owner of the address gets another e-mail that confirms it, unless it is confirmed. The answer is the same in any case.
#[utoipa::path(post, path = "/api/v1/email-verifications/requests", tag = "Accounts", request_body = MailRequest,
    responses((status = 202, description = "The request is received", body = MailRequested)),
    extensions(("x-problems" = json!(["VALIDATION_FAILED"]))))]
pub(crate) async fn request_verification(
    upstreams: Upstreams,
    Body(to): Body<MailRequest>,
) -> Answer {
    upstreams.account().request_email_verification(to).await?;
    private(HttpResponse::Accepted(), &MailRequested::new())
}
