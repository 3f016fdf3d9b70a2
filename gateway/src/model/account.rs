use chrono::{DateTime, Utc};
use contracts::user::v1;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::cart::ExcludedLine;
use super::convert::{id, required, time};
use crate::edge::problem::Problem;

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    /// E-mail address; not case-sensitive. The part before the @ is ASCII; the domain may be in any script.
    #[schema(example = "ada@example.com", max_length = 254, format = "email")]
    pub(crate) email: String,
    /// The password; not a common or guessable one.
    #[schema(example = "correct horse battery", format = "new-password")]
    pub(crate) password: String,
    /// Name shown in the shop and in e-mails.
    #[schema(example = "Ada", format = "display-name")]
    pub(crate) display_name: String,
}

/// A received registration: the same whether or not the address had an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registered {
    /// The address as it is stored.
    #[schema(example = "ada@example.com")]
    pub(crate) email: String,
}

/// The confirmation of an e-mail address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailVerification {
    /// The token of the e-mail.
    #[schema(format = "password")]
    pub(crate) token: String,
}

/// Credentials of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The account's e-mail address.
    #[schema(
        example = "ada@example.com",
        min_length = 1,
        max_length = 254,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$"
    )]
    pub(crate) email: String,
    /// The account's password.
    #[schema(example = "correct horse battery", format = "current-password")]
    pub(crate) password: String,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshToken {
    /// The latest refresh token of the session.
    #[schema(format = "password")]
    pub(crate) refresh_token: String,
}

/// The role of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Buys.
    Customer,
    /// Operates the shop.
    Staff,
}

/// An account.
#[derive(Serialize, ToSchema)]
pub(crate) struct User {
    /// The account's id.
    pub(crate) id: Uuid,
    /// Lower-cased e-mail address.
    #[schema(example = "ada@example.com")]
    pub(crate) email: String,
    /// Name shown in the shop and in e-mails.
    #[schema(example = "Ada")]
    pub(crate) display_name: String,
    /// The role of the account.
    pub(crate) role: Role,
    /// When the account was created.
    pub(crate) created_at: DateTime<Utc>,
    /// Whether the owner of the e-mail address has confirmed it.
    pub(crate) email_verified: bool,
}

/// A change of the caller's profile. Absent members stay as they are; none can be removed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfilePatch {
    /// Name shown in the shop and in e-mails.
    #[serde(default, deserialize_with = "given")]
    #[schema(
        example = "Ada",
        format = "display-name",
        required = false,
        nullable = false
    )]
    pub(crate) display_name: Option<String>,
}

/// A member that is given must be a text: `null` would remove it.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    String::deserialize(value).map(Some)
}

/// A session: its tokens and its account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// Sent as `Authorization: Bearer <access_token>`.
    #[schema(format = "password")]
    pub(crate) access_token: String,
    /// When the access token expires.
    pub(crate) access_expires_at: DateTime<Utc>,
    /// Can be used once, to refresh the session.
    #[schema(format = "password")]
    pub(crate) refresh_token: String,
    /// When the refresh token expires.
    pub(crate) refresh_expires_at: DateTime<Utc>,
    /// The account.
    pub(crate) user: User,
    /// Of a sign-in: keep it on the device, and send it as `Device-Token` with the next sign-in to this account. Then wrong
    /// passwords from elsewhere do not delay that sign-in.
    #[schema(format = "password")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device_token: Option<String>,
    /// True if something of the guest's cart, which the `Cart-Token` header identifies, was moved into the account's
    /// cart. If the merge failed, nothing was moved, and it can be retried with `POST /api/v1/cart/merge`.
    pub(crate) cart_merged: bool,
    /// What stays in the guest's cart, and why. Empty if everything was moved, and if the merge failed.
    pub(crate) cart_left: Vec<ExcludedLine>,
}

/// A signing key of access tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct SigningKey {
    /// The key id.
    #[schema(example = "0198c0de-6c1f-7b7e-8d3c-5f3b1c1d2e3f")]
    pub(crate) kid: String,
    /// When it starts to sign.
    pub(crate) activates_at: DateTime<Utc>,
}

impl TryFrom<v1::User> for User {
    type Error = Problem;

    fn try_from(user: v1::User) -> Result<Self, Problem> {
        let role = match user.role() {
            v1::Role::Customer => Some(Role::Customer),
            v1::Role::Staff => Some(Role::Staff),
            v1::Role::Unspecified => None,
        };
        Ok(Self {
            id: id(&user.id, "User.id")?,
            email: user.email,
            display_name: user.display_name,
            role: required(role, "User.role")?,
            created_at: time(user.created_at, "User.created_at")?,
            email_verified: user.email_verified,
        })
    }
}

impl TryFrom<v1::Session> for Session {
    type Error = Problem;

    fn try_from(session: v1::Session) -> Result<Self, Problem> {
        Ok(Self {
            access_token: session.access_token,
            access_expires_at: time(session.access_expires_at, "Session.access_expires_at")?,
            refresh_token: session.refresh_token,
            refresh_expires_at: time(session.refresh_expires_at, "Session.refresh_expires_at")?,
            user: required(session.user, "Session.user")?.try_into()?,
            device_token: Some(session.device_token).filter(|token| !token.is_empty()),
            cart_merged: false,
            cart_left: Vec::new(),
        })
    }
}

impl TryFrom<v1::RotateSigningKeyResponse> for SigningKey {
    type Error = Problem;

    fn try_from(reply: v1::RotateSigningKeyResponse) -> Result<Self, Problem> {
        Ok(Self {
            kid: reply.kid,
            activates_at: time(reply.activates_at, "RotateSigningKeyResponse.activates_at")?,
        })
    }
}

impl TryFrom<v1::RevokeSigningKeyResponse> for SigningKey {
    type Error = Problem;

    fn try_from(reply: v1::RevokeSigningKeyResponse) -> Result<Self, Problem> {
        Ok(Self {
            kid: reply.kid,
            activates_at: time(reply.activates_at, "RevokeSigningKeyResponse.activates_at")?,
        })
    }
}
