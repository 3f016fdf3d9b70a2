//! Accounts, sessions and mail.

use instruments::buckets;

instruments::labels! {
    pub(crate) enum SignIn as "outcome" { SignedIn = "signed_in", Refused = "refused" }
    pub(crate) struct Mail as "kind" one of [
        "order_confirmed",
        "order_rejected",
        "order_shipped",
        "order_delivered",
        "order_cancelled",
        "order_refunded",
        "action_required",
        "other",
    ];
    /// `put_off` is a try that is made again, `failed` too late to try again, `skipped` nobody to write to, or
    /// mail is off.
    pub(crate) struct Sent as "outcome" one of ["sent", "put_off", "refused", "failed", "skipped"];
}

instruments::metrics! {
    /// What `user` exports.
    pub static METRICS includes [&service::METRICS];

    /// Accounts made
    USER_SIGN_UPS: Counter = "user_sign_ups_total";
    /// Tries to sign in with a password
    USER_SIGN_INS: Counter<SignIn> = "user_sign_ins_total";
    /// Refresh tokens exchanged
    USER_SESSIONS_REFRESHED: Counter = "user_sessions_refreshed_total";
    /// Sessions ended because a spent refresh token came again: stolen, or a client that repeats itself
    USER_SESSIONS_REUSED: Counter = "user_sessions_reused_total";
    /// Time to hash a password, without the wait for a turn
    USER_PASSWORD_HASHING: Histogram = "user_password_hashing_seconds", buckets::SHORT;
    /// Passwords being hashed now
    USER_PASSWORD_CHECKS_IN_PROGRESS: Gauge = "user_password_checks_in_progress";
    /// Passwords that wait for their turn
    USER_PASSWORD_CHECKS_WAITING: Gauge = "user_password_checks_waiting";
    /// Passwords that may be hashed at the same time
    USER_PASSWORD_CHECKS_LIMIT: Gauge = "user_password_checks_limit";
    /// Sign-ins and registrations refused because too many passwords waited
    USER_PASSWORD_CHECKS_SHED: Counter = "user_password_checks_shed_total";
    /// E-mails to customers, by what they tell and what became of them
    USER_MAILS: Counter<(Mail, Sent)> = "user_mails_total";
    /// Age of what an e-mail tells when the mail server takes it
    USER_MAIL_AGE: Histogram = "user_mail_age_seconds", buckets::LONG;
    /// E-mails that wait to be sent; take the max
    USER_MAILS_PENDING: Gauge = "user_mails_pending";
    /// Since when the oldest of them waits, 0 if there is none; take the max
    USER_MAILS_OLDEST: Gauge = "user_mails_oldest_seconds";
}
