//! Accounts, sessions and mail.

use instruments::buckets;

use crate::domain::{About, AccountEvent, OrderEvent};

instruments::labels! {
    pub(crate) enum SignIn as "outcome" { SignedIn = "signed_in", Refused = "refused" }
    /// `locked`: too many wrong codes before.
    pub(crate) enum StepUp as "outcome" { Proved = "proved", Refused = "refused", Locked = "locked" }
    /// `account_notice`: any that says what was done. `other` is an event that only a newer version can read.
    pub(crate) enum MailKind as "kind" {
        Confirmed = "order_confirmed",
        Rejected = "order_rejected",
        Shipped = "order_shipped",
        Delivered = "order_delivered",
        Cancelled = "order_cancelled",
        Refunded = "order_refunded",
        ReturnRequested = "return_requested",
        ReturnApproved = "return_approved",
        ReturnRefused = "return_refused",
        ActionRequired = "action_required",
        AccountRegistered = "account_registered",
        RegistrationRepeated = "registration_repeated",
        StaffInvited = "staff_invited",
        VerificationRequested = "verification_requested",
        PasswordResetRequested = "password_reset_requested",
        EmailChangeRequested = "email_change_requested",
        AddressClaimed = "address_claimed",
        AccountNotice = "account_notice",
        Other = "other",
    }
    /// `put_off`: an attempt failed and will be retried. `failed`: no attempt succeeded in time. `skipped`: the
    /// account does not exist, the e-mail exists already, an unverified address has had its e-mails of the day, or mail is
    /// off.
    pub(crate) enum MailOutcome as "outcome" {
        Sent = "sent",
        PutOff = "put_off",
        Refused = "refused",
        Failed = "failed",
        Skipped = "skipped",
    }
}

instruments::metrics! {
    /// What `user` exports.
    pub static METRICS includes [&service::METRICS];

    /// Accounts created
    USER_SIGN_UPS: Counter = "user_sign_ups_total";
    /// Sign-ins with a password
    USER_SIGN_INS: Counter<SignIn> = "user_sign_ins_total";
    /// Sign-ins rejected before the password was checked, after too many failures
    USER_SIGN_INS_THROTTLED: Counter = "user_sign_ins_throttled_total";
    /// Codes of second factors
    USER_STEP_UPS: Counter<StepUp> = "user_step_ups_total";
    /// Refresh tokens exchanged
    USER_SESSIONS_REFRESHED: Counter = "user_sessions_refreshed_total";
    /// Sessions revoked because a refresh token was reused: it was stolen, or a client repeated its request
    USER_SESSIONS_REUSED: Counter = "user_sessions_reused_total";
    /// Time to hash a password, without the time in the queue
    USER_PASSWORD_HASHING: Histogram = "user_password_hashing_seconds", buckets::SHORT;
    /// Passwords being hashed
    USER_PASSWORD_CHECKS_IN_PROGRESS: Gauge = "user_password_checks_in_progress";
    /// Passwords in the queue
    USER_PASSWORD_CHECKS_WAITING: Gauge = "user_password_checks_waiting";
    /// Concurrent password hashes at most
    USER_PASSWORD_CHECKS_LIMIT: Gauge = "user_password_checks_limit";
    /// Sign-ins and registrations rejected because the queue was full
    USER_PASSWORD_CHECKS_SHED: Counter = "user_password_checks_shed_total";
    /// E-mails, by event and outcome
    USER_MAILS: Counter<(MailKind, MailOutcome)> = "user_mails_total";
    /// Age of the event when the mail server accepts its e-mail
    USER_MAIL_AGE: Histogram = "user_mail_age_seconds", buckets::LONG;
    /// E-mails waiting to be sent; aggregate with max
    USER_MAILS_PENDING: Gauge = "user_mails_pending";
    /// Age of the oldest waiting e-mail, 0 if there is none; aggregate with max
    USER_MAILS_OLDEST: Gauge = "user_mails_oldest_seconds";
}

impl From<&About> for MailKind {
    fn from(about: &About) -> Self {
        match about {
            About::Order(_, event) => event.into(),
            About::Account(event) => (*event).into(),
        }
    }
}

impl From<AccountEvent> for MailKind {
    fn from(event: AccountEvent) -> Self {
        match event {
            AccountEvent::Registered => Self::AccountRegistered,
            AccountEvent::RegisteredAgain => Self::RegistrationRepeated,
            AccountEvent::StaffInvited { .. } => Self::StaffInvited,
            AccountEvent::VerificationRequested => Self::VerificationRequested,
            AccountEvent::PasswordResetRequested { .. } => Self::PasswordResetRequested,
            AccountEvent::EmailChangeRequested { .. } => Self::EmailChangeRequested,
            AccountEvent::AddressClaimed => Self::AddressClaimed,
            AccountEvent::PasswordChanged
            | AccountEvent::PasswordReset
            | AccountEvent::EmailChanged
            | AccountEvent::SessionsEnded
            | AccountEvent::SecondFactorEnrolled => Self::AccountNotice,
        }
    }
}

impl From<&OrderEvent> for MailKind {
    fn from(event: &OrderEvent) -> Self {
        match event {
            OrderEvent::Confirmed { .. } => Self::Confirmed,
            OrderEvent::Rejected { .. } => Self::Rejected,
            OrderEvent::Shipped { .. } => Self::Shipped,
            OrderEvent::Delivered => Self::Delivered,
            OrderEvent::Cancelled { .. } => Self::Cancelled,
            OrderEvent::Refunded { .. } => Self::Refunded,
            OrderEvent::ReturnRequested => Self::ReturnRequested,
            OrderEvent::ReturnApproved { .. } => Self::ReturnApproved,
            OrderEvent::ReturnRefused => Self::ReturnRefused,
            OrderEvent::ActionRequired { .. } => Self::ActionRequired,
        }
    }
}
