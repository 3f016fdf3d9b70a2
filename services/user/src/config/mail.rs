use std::time::Duration;

use chassis::config::rules::{above, required, url_or_empty};
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;

use super::sign_in::ThrottleConfig;

/// E-mails to customers.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct MailConfig {
    /// URL of the mail server: `smtp`, `smtp+starttls` or `smtps`. Empty turns mail off.
    #[garde(custom(url_or_empty(&["smtp", "smtp+starttls", "smtps"])))]
    pub smtp_url: SecretString,
    /// Folder into which e-mails are written instead of being sent. Empty: none.
    pub preview_folder: String,
    /// Sender of all e-mails: `Name <address>`.
    #[garde(custom(required))]
    pub from: String,
    /// URL of an order's page, with `{order_id}`. Empty omits the link.
    #[garde(custom(order_page_or_empty))]
    pub order_url: String,
    /// URL of the page that confirms an e-mail address, with `{token}`. Empty writes the token itself.
    #[garde(custom(token_page_or_empty))]
    pub verification_url: String,
    /// URL of the page that takes a new password, with `{token}`. Empty writes the token itself.
    #[garde(custom(token_page_or_empty))]
    pub password_reset_url: String,
    /// URL of the page that confirms a change of the e-mail address, with `{token}`. Empty writes the token itself.
    #[garde(custom(token_page_or_empty))]
    pub email_change_url: String,
    /// URL of the page that accepts an invitation to work for the shop, with `{token}`. Empty writes the token itself.
    #[garde(custom(token_page_or_empty))]
    pub invitation_url: String,
    /// E-mails that an unverified address gets in 24 hours at most, and e-mails that anyone can cause that any address gets.
    #[garde(range(min = 1, max = 1_000))]
    pub unverified_per_day: i32,
    /// E-mails from one client network that anyone can cause.
    #[garde(dive)]
    pub registrations_per_network: ThrottleConfig,
    /// E-mails to one address that anyone can ask for.
    #[garde(dive)]
    pub requests_per_address: ThrottleConfig,
    /// Concurrent e-mails per process.
    #[garde(range(min = 1, max = 1_000))]
    pub concurrency: usize,
    /// Milliseconds between two polls for due e-mails.
    #[garde(range(min = 1, max = 3_600_000))]
    pub poll_ms: u64,
    /// Milliseconds for connection, TLS and authentication.
    #[garde(range(min = 1, max = 3_600_000))]
    pub connect_timeout_ms: u64,
    /// Milliseconds for one e-mail.
    #[garde(range(min = 1, max = 3_600_000))]
    pub timeout_ms: u64,
    /// Milliseconds of a lease. Then another replica sends the e-mail.
    #[garde(
        range(max = 3_600_000),
        custom(above(
            "mail.connect_timeout_ms and mail.timeout_ms together",
            self.connect_timeout_ms.saturating_add(self.timeout_ms),
            "two replicas would send the same e-mail"
        ))
    )]
    pub lease_ms: u64,
    /// Milliseconds before the second attempt.
    #[garde(range(min = 1, max = 3_600_000))]
    pub first_delay_ms: u64,
    /// Milliseconds between two attempts at most.
    #[garde(range(min = 1, max = 86_400_000))]
    pub max_delay_ms: u64,
    /// Hours after which a notification fails.
    #[garde(range(min = 1, max = 8_760))]
    pub give_up_after_h: u32,
    /// Days after which finished notifications are deleted.
    #[garde(range(min = 1, max = 36_500))]
    pub keep_days: u32,
    /// Seconds between two sweeps.
    #[garde(range(min = 1, max = 86_400))]
    pub sweep_every_s: u32,
}

fn order_page_or_empty(url: &String, (): &()) -> garde::Result {
    page_or_empty(url, "{order_id}")
}

fn token_page_or_empty(url: &String, (): &()) -> garde::Result {
    page_or_empty(url, "{token}")
}

fn page_or_empty(url: &String, placeholder: &str) -> garde::Result {
    url_or_empty(&["http", "https"])(url, &())?;
    if url.is_empty() || url.contains(placeholder) {
        return Ok(());
    }
    let message = format!("must contain {placeholder}, or be empty");
    Err(garde::Error::new(message))
}

impl MailConfig {
    pub(crate) fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_ms)
    }

    pub(crate) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }

    pub(crate) fn first_delay(&self) -> Duration {
        Duration::from_millis(self.first_delay_ms)
    }

    pub(crate) fn max_delay(&self) -> Duration {
        Duration::from_millis(self.max_delay_ms)
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    pub(crate) fn give_up_after(&self) -> chrono::Duration {
        chrono::Duration::hours(self.give_up_after_h.into())
    }

    pub(crate) fn sweep_every(&self) -> Duration {
        Duration::from_secs(self.sweep_every_s.into())
    }
}
