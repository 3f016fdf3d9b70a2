use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

/// E-mails to customers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// The mail server: `smtp`, `smtp+starttls` or `smtps`. Empty: mail is off.
    pub smtp_url: SecretString,
    /// Who mails are from: `Name <address>`.
    pub from: String,
    /// The URL of an order's page, with `{order_id}`. Empty: no link.
    pub order_url: String,
    /// Mails at the same time.
    pub concurrency: usize,
    /// Milliseconds between two looks for mails that are due.
    pub poll_ms: u64,
    /// Milliseconds for a connection, TLS and sign-in.
    pub connect_timeout_ms: u64,
    /// Milliseconds for one mail.
    pub timeout_ms: u64,
    /// Milliseconds after which another replica takes a mail over.
    pub lease_ms: u64,
    /// Milliseconds before the second try.
    pub first_delay_ms: u64,
    /// The longest wait between two tries, in milliseconds.
    pub max_delay_ms: u64,
    /// Hours after which a notification is not sent any more.
    pub give_up_after_h: u32,
    /// Days after which mails that ended are deleted.
    pub keep_days: u32,
    /// Seconds between two deletions.
    pub sweep_every_s: u32,
}

impl MailConfig {
    /// What the types cannot say. Server and sender are looked at by the mailer.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let lease = self.lease_ms;
        let longest = self.connect_timeout_ms.saturating_add(self.timeout_ms);
        anyhow::ensure!(
            lease > longest,
            "mail.lease_ms is {lease}, it must be greater than mail.connect_timeout_ms and \
             mail.timeout_ms together ({longest}): two replicas would send the same mail"
        );
        let positive = [
            ("mail.concurrency", self.concurrency > 0),
            ("mail.poll_ms", self.poll_ms > 0),
            ("mail.connect_timeout_ms", self.connect_timeout_ms > 0),
            ("mail.timeout_ms", self.timeout_ms > 0),
            ("mail.first_delay_ms", self.first_delay_ms > 0),
            ("mail.give_up_after_h", self.give_up_after_h > 0),
            ("mail.keep_days", self.keep_days > 0),
            ("mail.sweep_every_s", self.sweep_every_s > 0),
        ];
        for (key, good) in positive {
            anyhow::ensure!(good, "{key} is 0, it needs at least 1");
        }
        let link = &self.order_url;
        anyhow::ensure!(
            link.is_empty() || (link.starts_with("http") && link.contains("{order_id}")),
            "mail.order_url is {link:?}, it must be a URL with {{order_id}} in it, or empty"
        );
        Ok(())
    }

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
