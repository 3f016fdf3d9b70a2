use diesel_async::AsyncPgConnection;
use kernel::{OrderId, RefundId};
use outbox::{BatchError, HandlerError, Incoming};

use super::App;
use crate::domain::{Change, Replied, Reply, Report};

impl App {
    /// Applies the replies of a batch of messages, inside the consumer's transaction. A message that
    /// is known to change nothing has none. The caller counts the changes after the commit.
    ///
    /// # Errors
    /// Messages about orders that do not exist, or about something that is not their order's, are
    /// rejected; the rest can be applied without them.
    pub(crate) async fn apply_replies(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
        replies: Vec<Option<Reply>>,
    ) -> Result<Vec<Change>, BatchError> {
        let now = self.clock.now();
        let known = || replies.iter().flatten();
        let order_ids: Vec<OrderId> = known().map(|reply| reply.order_id).collect();
        let refund_ids: Vec<RefundId> = known().filter_map(refund_id).collect();
        let mut replied = Replied {
            orders: self.store.lock(conn, &order_ids).await?,
            refunds: self.store.lock_refunds(conn, &refund_ids).await?,
        };
        let until = now + self.timing.wait_for_customer();
        let mut replies = replies.into_iter();
        let changes = outbox::per_message(messages, |_, message| {
            let Some(reply) = replies.next().flatten() else {
                return Ok(None);
            };
            let applied = replied.apply(reply, until);
            let (order, events) = applied.map_err(HandlerError::poison)?;
            if events.is_empty() {
                let (id, kind) = (order.id, &message.message_type);
                tracing::debug!(order = %id, kind, "a reply that does not apply");
            }
            Ok(Some(Change::new(order, events)))
        })?;
        let changes: Vec<Change> = changes.into_iter().flatten().collect();
        self.store.save(conn, &changes, now).await?;
        Ok(changes)
    }
}

fn refund_id(reply: &Reply) -> Option<RefundId> {
    match reply.report {
        Report::Refund(id, _) => Some(id),
        _ => None,
    }
}
