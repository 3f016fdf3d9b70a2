//! Accounts, sessions and mail.

use super::{LONG, SHORT, USER, room};
use crate::{Label, OTHER};

const SIGNED_IN: Label = Label::one_of("outcome", &["signed_in", "refused"]);
const MAIL: Label = Label::one_of(
    "kind",
    &[
        "order_confirmed",
        "order_rejected",
        "order_shipped",
        "order_delivered",
        "order_cancelled",
        "order_refunded",
        "action_required",
        OTHER,
    ],
);
/// `put_off` is a try that is made again, `failed` too late to try again, `skipped` nobody to write to, or
/// mail is off.
const SENT: Label = Label::one_of(
    "outcome",
    &["sent", "put_off", "refused", "failed", "skipped"],
);

room! {
    /// Accounts made
    USER_SIGN_UPS: Counter<0> = new("user_sign_ups_total", [], USER);
    /// Tries to sign in with a password
    USER_SIGN_INS: Counter<1> = new("user_sign_ins_total", [SIGNED_IN], USER);
    /// Refresh tokens exchanged
    USER_SESSIONS_REFRESHED: Counter<0> = new("user_sessions_refreshed_total", [], USER);
    /// Sessions ended because a spent refresh token came again: stolen, or a client that repeats itself
    USER_SESSIONS_REUSED: Counter<0> = new("user_sessions_reused_total", [], USER);
    /// Time to hash a password, without the wait for a turn
    USER_PASSWORD_HASHING: Histogram<0> =
        new("user_password_hashing_seconds", [], USER, SHORT);
    /// Passwords being hashed now
    USER_PASSWORD_CHECKS_IN_PROGRESS: Gauge<0> =
        new("user_password_checks_in_progress", [], USER);
    /// Passwords that wait for their turn
    USER_PASSWORD_CHECKS_WAITING: Gauge<0> = new("user_password_checks_waiting", [], USER);
    /// Passwords that may be hashed at the same time
    USER_PASSWORD_CHECKS_LIMIT: Gauge<0> = new("user_password_checks_limit", [], USER);
    /// Sign-ins and registrations refused because too many passwords waited
    USER_PASSWORD_CHECKS_SHED: Counter<0> = new("user_password_checks_shed_total", [], USER);
    /// E-mails to customers, by what they tell and what became of them
    USER_MAILS: Counter<2> = new("user_mails_total", [MAIL, SENT], USER);
    /// Age of what an e-mail tells when the mail server takes it
    USER_MAIL_AGE: Histogram<0> = new("user_mail_age_seconds", [], USER, LONG);
    /// E-mails that wait to be sent; take the max
    USER_MAILS_PENDING: Gauge<0> = new("user_mails_pending", [], USER);
    /// Since when the oldest of them waits, 0 if there is none; take the max
    USER_MAILS_OLDEST: Gauge<0> = new("user_mails_oldest_seconds", [], USER);
}
