use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A change of the caller's password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The password until now.
    #[schema(example = "correct horse battery", format = "current-password")]
    pub(crate) current_password: String,
    /// The new password; not a common or guessable one.
    #[schema(example = "quiet lantern orbit", format = "new-password")]
    pub(crate) new_password: String,
}

/// An address that an e-mail is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailRequest {
    /// E-mail address, with or without an account.
    #[schema(example = "ada@example.com", max_length = 254, format = "email")]
    pub(crate) email: String,
}

/// A received request: the same whether or not an e-mail is sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct MailRequested {
    /// What happens now, for people.
    #[schema(example = "if there is something to confirm, an e-mail is on its way")]
    pub(crate) detail: &'static str,
}

impl MailRequested {
    pub(crate) const fn new() -> Self {
        Self {
            detail: "if there is something to confirm, an e-mail is on its way",
        }
    }
}

/// A new password, with the token of an e-mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordReset {
    /// The token of the e-mail.
    #[schema(
        example = "3q2-7w8RZt0c5oXfUq0Gm7Qk2wM9v1yZ8dJxS4hN6aE",
        format = "password"
    )]
    pub(crate) token: String,
    /// The new password; not a common or guessable one.
    #[schema(example = "quiet lantern orbit", format = "new-password")]
    pub(crate) new_password: String,
}

/// A change of the caller's e-mail address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailChange {
    /// The account's password.
    #[schema(example = "correct horse battery", format = "current-password")]
    pub(crate) password: String,
    /// The new e-mail address; not case-sensitive.
    #[schema(example = "ada@example.org", max_length = 254, format = "email")]
    pub(crate) email: String,
}

/// The confirmation of a new e-mail address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailChangeConfirmation {
    /// The token of the e-mail.
    #[schema(
        example = "3q2-7w8RZt0c5oXfUq0Gm7Qk2wM9v1yZ8dJxS4hN6aE",
        format = "password"
    )]
    pub(crate) token: String,
}
