//! What happens if a `POST` without an idempotency key is sent again, because its answer was lost.

/// The effect of a repeated request, as the document says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeated {
    /// Nothing more happens, and the answer is the same.
    Same,
    /// It is refused with a problem, because the first one was done.
    Refused,
    /// It is done once more, without a loss.
    Again,
}

impl Repeated {
    /// What the document says.
    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::Same => "The same request again changes nothing more.",
            Self::Refused => "The same request again is refused.",
            Self::Again => "The same request again is done once more.",
        }
    }

    /// Its name in `docs/api.md`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Refused => "refused",
            Self::Again => "again",
        }
    }

    /// The effect of a `POST` by its operation id; none if the operation is not listed.
    pub(super) fn of(operation: &str) -> Option<Self> {
        let listed = |operations: &[&str]| operations.contains(&operation);
        if listed(SAME) {
            Some(Self::Same)
        } else if listed(REFUSED) {
            Some(Self::Refused)
        } else if listed(AGAIN) {
            Some(Self::Again)
        } else {
            None
        }
    }
}

/// The state after the request is that of the first one.
const SAME: &[&str] = &[
    "accounts_register",
    "accounts_revoke_signing_key",
    "accounts_verify_email",
    "carts_merge",
    "credentials_request_email_change",
    "credentials_request_reset",
    "credentials_request_verification",
    "discounts_end",
    "orders_cancel",
    "orders_deliver",
    "orders_ship",
    "reconciliations_start",
    "returns_approve",
    "returns_refuse",
    "returns_withdraw",
    "sagas_compensate",
    "sagas_retry",
    "sessions_refresh",
    "sessions_sign_out",
    "staff_products_restore",
    "webhooks_stripe",
];

/// Something is used up: a code, an invitation, a name, a dead letter.
const REFUSED: &[&str] = &[
    "credentials_change_password",
    "credentials_confirm_email_change",
    "credentials_reset",
    "dead_letters_drop",
    "dead_letters_redrive",
    "discounts_create",
    "second_factor_confirm",
    "second_factor_step_up",
    "staff_members_accept",
];

/// Another session, another key, another secret, another run.
const AGAIN: &[&str] = &[
    "accounts_rotate_signing_key",
    "dead_letters_redrive_all",
    "second_factor_enroll",
    "sessions_sign_in",
    "staff_members_invite",
];
