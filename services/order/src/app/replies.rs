use kernel::{OrderId, RefundId};

use super::App;
use crate::failure::Failure;
use crate::store::{Change, Reply, Report, Transaction};

impl App {
    /// Applies a participant's reply, inside the consumer's transaction. None when there is no such
    /// order. The caller counts the change after the commit.
    pub(crate) async fn reply(
        &self,
        conn: &mut Transaction,
        reply: Reply,
    ) -> Result<Option<Change>, Failure> {
        let now = self.clock.now();
        let id = reply.order_id;
        // Not the redirect URL: whoever knows it may act for the customer.
        let step = match reply.report {
            Report::Step(step, _) => Some(step),
            Report::ActionRequired { .. } | Report::AuthorizationExpired => None,
        };
        let change = self.store.reply(conn, reply, now).await?;
        if change
            .as_ref()
            .is_some_and(|change| change.events.is_empty())
        {
            tracing::debug!(order = %id, ?step, "a reply that does not apply");
        }
        Ok(change)
    }

    /// Locks these orders, in the order of their ids, until the end of the transaction.
    pub(crate) async fn lock(
        &self,
        conn: &mut Transaction,
        orders: &[OrderId],
    ) -> Result<(), Failure> {
        self.store.lock_all(conn, orders).await
    }

    /// Applies payment's reply to a refund, inside the consumer's transaction.
    pub(crate) async fn refund_answered(
        &self,
        conn: &mut Transaction,
        id: RefundId,
        failure: Option<&str>,
    ) -> Result<bool, Failure> {
        let now = self.clock.now();
        self.store.refund_answered(conn, id, failure, now).await
    }
}
