use chassis::telemetry::TraceContext;
use diesel_async::AsyncPgConnection;

use super::App;
use crate::config::MailConfig;
use crate::domain::Notification;
use crate::metrics::USER_MAILS;
use crate::store::Store;

impl App {
    /// Stores the notifications to send, each with the trace of its message, in the caller's
    /// transaction. Returns the kinds of those that become no e-mail: mail is off, the account does not
    /// exist, or the notification was stored before.
    pub(crate) async fn notify(
        &self,
        conn: &mut AsyncPgConnection,
        notifications: &[(Notification, Option<TraceContext>)],
    ) -> Result<Vec<&'static str>, persistence::Error> {
        let inserted = match self.email_sender {
            Some(_) => Store::insert_notifications(conn, notifications).await?,
            None => Vec::new(),
        };
        let skipped = notifications
            .iter()
            .filter(|(notification, _)| !inserted.contains(&notification.id));
        Ok(skipped
            .map(|(notification, _)| notification.event.kind())
            .collect())
    }

    /// Deletes notifications that ended long ago, and ends those that no email sender will.
    pub(crate) async fn sweep_notifications(
        &self,
        config: &MailConfig,
    ) -> Result<(), persistence::Error> {
        // An email sender gives a notification up itself before that.
        let hours = config.give_up_after_h.saturating_add(1);
        loop {
            let abandoned = self.store.abandon_notifications(hours).await?;
            if abandoned.is_empty() {
                break;
            }
            for kind in &abandoned {
                USER_MAILS.of((kind.as_str(), "failed")).inc();
            }
            let mails = abandoned.len();
            tracing::warn!(mails, "mails that nobody sent in time are given up");
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
