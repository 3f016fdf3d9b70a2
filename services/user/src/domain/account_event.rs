use chrono::Duration;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Time to follow a link that changes the password or the e-mail address. An e-mail that comes later is not sent.
pub(crate) const LINK_LIFETIME: Duration = Duration::hours(1);

/// An event of an account. Stored like an [`super::OrderEvent`].
///
/// `credentials` is the account's count of changes of password and address when the e-mail was asked for. The token in the
/// e-mail is bound to it, so any later change makes the token invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub(crate) enum AccountEvent {
    /// An account was created for the address.
    #[serde(rename = "account_registered")]
    Registered,
    /// Someone registered with an address that has an account.
    #[serde(rename = "registration_repeated")]
    RegisteredAgain,
    /// An admin invited the owner of the address to become staff.
    #[serde(rename = "staff_invited")]
    StaffInvited { invitation: Uuid },
    /// Someone asked for the e-mail that confirms the address again.
    #[serde(rename = "verification_requested")]
    VerificationRequested,
    /// Someone forgot the password.
    #[serde(rename = "password_reset_requested")]
    PasswordResetRequested { credentials: i64 },
    /// The owner, in this session, asked for another address. The e-mail goes to that address.
    #[serde(rename = "email_change_requested")]
    EmailChangeRequested { credentials: i64, session: Uuid },
    /// Someone asked to change the address of their account to this one.
    #[serde(rename = "address_claimed")]
    AddressClaimed,
    /// The owner changed the password.
    #[serde(rename = "password_changed")]
    PasswordChanged,
    /// The password was replaced with a token from an e-mail.
    #[serde(rename = "password_reset")]
    PasswordReset,
    /// The address was changed. The e-mail goes to the earlier one.
    #[serde(rename = "email_changed")]
    EmailChanged,
    /// The owner ended sessions.
    #[serde(rename = "sessions_ended")]
    SessionsEnded,
    /// A staff member enrolled a second factor.
    #[serde(rename = "second_factor_enrolled")]
    SecondFactorEnrolled,
}

impl AccountEvent {
    /// The kinds of [`AccountEvent::is_notice`].
    pub(crate) const NOTICES: [&'static str; 5] = [
        Self::PasswordChanged.kind(),
        Self::PasswordReset.kind(),
        Self::EmailChanged.kind(),
        Self::SessionsEnded.kind(),
        Self::SecondFactorEnrolled.kind(),
    ];

    /// Its name in logs, metrics and the database.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Registered => "account_registered",
            Self::RegisteredAgain => "registration_repeated",
            Self::StaffInvited { .. } => "staff_invited",
            Self::VerificationRequested => "verification_requested",
            Self::PasswordResetRequested { .. } => "password_reset_requested",
            Self::EmailChangeRequested { .. } => "email_change_requested",
            Self::AddressClaimed => "address_claimed",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::EmailChanged => "email_changed",
            Self::SessionsEnded => "sessions_ended",
            Self::SecondFactorEnrolled => "second_factor_enrolled",
        }
    }

    /// Whether it says what was done, by someone with the password, a session or the mailbox. The others are caused by anyone
    /// who names the address, so they are limited. A limit must not hide a theft, so notices to a confirmed address are not.
    pub(crate) fn is_notice(self) -> bool {
        Self::NOTICES.contains(&self.kind())
    }

    /// How long its e-mail is of use; `None` if as long as any other.
    pub(crate) const fn lifetime(self) -> Option<Duration> {
        match self {
            Self::PasswordResetRequested { .. } | Self::EmailChangeRequested { .. } => {
                Some(LINK_LIFETIME)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_events_round_trip_with_their_kind() {
        let (invitation, session, credentials) = (Uuid::from_u128(7), Uuid::from_u128(8), 3);
        let all = [
            AccountEvent::Registered,
            AccountEvent::RegisteredAgain,
            AccountEvent::StaffInvited { invitation },
            AccountEvent::VerificationRequested,
            AccountEvent::PasswordResetRequested { credentials },
            AccountEvent::EmailChangeRequested {
                credentials,
                session,
            },
            AccountEvent::AddressClaimed,
            AccountEvent::PasswordChanged,
            AccountEvent::PasswordReset,
            AccountEvent::EmailChanged,
            AccountEvent::SessionsEnded,
            AccountEvent::SecondFactorEnrolled,
        ];
        for event in all {
            let stored = serde_json::to_value(event).unwrap();
            assert_eq!(stored["kind"], event.kind());
            assert_eq!(
                serde_json::from_value::<AccountEvent>(stored).unwrap(),
                event
            );
        }
        let notices = all.iter().filter(|event| event.is_notice());
        assert_eq!(notices.count(), AccountEvent::NOTICES.len());
    }
}
