use chassis::telemetry::{self, TraceContext};
use diesel_async::AsyncPgConnection;
use kernel::UserId;
use uuid::Uuid;

use super::App;
use crate::config::MailConfig;
use crate::domain::{About, AccountEvent, Notification};
use crate::metrics::{MailKind, MailOutcome, USER_MAILS};
use crate::store::Store;

impl App {
    /// Stores notifications, each with the trace of its message, in the caller's transaction. Returns
    /// those that become no e-mail: mail is off, the account does not exist, the notification was already
    /// stored, or an unverified address has had its e-mails of the day.
    pub(crate) async fn notify(
        &self,
        conn: &mut AsyncPgConnection,
        notifications: &[(Notification, Option<TraceContext>)],
    ) -> Result<Vec<MailKind>, persistence::Error> {
        let inserted = match &self.email_sender {
            Some(sender) => {
                let per_day = sender.unverified_per_day();
                Store::insert_notifications(conn, notifications, per_day).await?
            }
            None => Vec::new(),
        };
        let skipped = notifications
            .iter()
            .filter(|(notification, _)| !inserted.contains(&notification.id));
        Ok(skipped
            .map(|(notification, _)| MailKind::from(&notification.about))
            .collect())
    }

    /// Stores a notification about an account in the caller's transaction, which holds the account's row. False if it
    /// becomes no e-mail: mail is off, or the address has had its e-mails of the day.
    pub(super) async fn notify_of_account(
        &self,
        conn: &mut AsyncPgConnection,
        customer: UserId,
        event: AccountEvent,
    ) -> Result<bool, persistence::Error> {
        self.store_notification(conn, customer, event, None).await
    }

    /// The same to another address than that of the account: the new one of a change, or the one before it.
    pub(super) async fn notify_at(
        &self,
        conn: &mut AsyncPgConnection,
        customer: UserId,
        event: AccountEvent,
        recipient: &str,
    ) -> Result<bool, persistence::Error> {
        self.store_notification(conn, customer, event, Some(recipient))
            .await
    }

    /// Sends at once what was just committed.
    pub(super) fn wake_email_sender(&self) {
        if let Some(sender) = &self.email_sender {
            sender.wake();
        }
    }

    async fn store_notification(
        &self,
        conn: &mut AsyncPgConnection,
        customer: UserId,
        event: AccountEvent,
        recipient: Option<&str>,
    ) -> Result<bool, persistence::Error> {
        let Some(sender) = &self.email_sender else {
            return Ok(false);
        };
        let notification = Notification {
            id: Uuid::now_v7(),
            customer,
            about: About::Account(event),
            happened_at: self.clock.now(),
        };
        let trace = telemetry::current_context();
        let per_day = sender.unverified_per_day();
        Store::insert_account_notification(conn, &notification, recipient, trace, per_day).await
    }

    /// Fails overdue notifications that no e-mail sender finished, and deletes old finished ones.
    pub(crate) async fn sweep_notifications(
        &self,
        config: &MailConfig,
    ) -> Result<(), persistence::Error> {
        // One hour later than an e-mail sender, which normally fails them.
        let hours = config.give_up_after_h.saturating_add(1);
        loop {
            let abandoned = self.store.fail_overdue_notifications(hours).await?;
            if abandoned.is_empty() {
                break;
            }
            for about in &abandoned {
                let kind = about.as_ref().map_or(MailKind::Other, MailKind::from);
                USER_MAILS.of((kind, MailOutcome::Failed)).inc();
            }
            let mails = abandoned.len();
            tracing::warn!(mails, "overdue e-mails failed");
        }
        let mut deleted = 0;
        loop {
            match self.store.sweep_notifications(config.keep_days).await? {
                0 => break,
                some => deleted += some,
            }
        }
        if deleted > 0 {
            tracing::info!(deleted, "old notifications deleted");
        }
        Ok(())
    }
}
