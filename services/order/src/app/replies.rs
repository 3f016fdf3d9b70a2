use diesel_async::AsyncPgConnection;
use kernel::{OrderId, RefundId};
use outbox::{BatchError, HandlerError, Incoming};

use super::App;
use crate::domain::{Change, Replied, Reply, Report};

impl App {
    /// Applies the replies of a batch of messages, inside the consumer's transaction. None stands for a
    /// message that changes nothing. The caller counts the changes after the commit.
    ///
    /// # Errors
    /// Replies about an order that does not exist, or about another order's payment, reservation or refund,
    /// are rejected; the others can be applied without them.
    pub(crate) async fn apply_replies(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
        replies: Vec<Option<Reply>>,
    ) -> Result<Vec<Change>, BatchError> {
        let now = self.clock.now();
        let present = || replies.iter().flatten();
        let order_ids: Vec<OrderId> = present().map(|reply| reply.order_id).collect();
        let refund_ids: Vec<RefundId> = present().filter_map(refund_id).collect();
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
                let message_type = &message.message_type;
                tracing::debug!(order_id = %order.id, message_type, "the reply does not apply");
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
