//! What moves an order on: people, answers from participants, and silence.

use kernel::{OrderId, RefundId};

use super::{Shop, counters};
use crate::domain;
use crate::domain::event::Event;
use crate::domain::order::Order;
use crate::domain::record::OrderRecord;
use crate::failure::Failure;
use crate::store::{Change, Reply, Says, Transaction};

impl Shop {
    /// Lets somebody's decision take effect, and answers with the order afterwards.
    pub(super) async fn decide(
        &self,
        id: OrderId,
        decide: impl Fn(&Order) -> Result<Vec<Event>, domain::Error> + Clone + Send + Sync,
    ) -> Result<OrderRecord, Failure> {
        let now = self.clock.now();
        let change = self.store.decide(id, now, decide).await?;
        self.outbox.wake();
        counters::count(&change.order, &change.events, now);
        let order = self.store.order(id).await?;
        Ok(order.ok_or(domain::Error::OrderNotFound)?)
    }

    /// Lets what a participant said take effect, inside the consumer's transaction. None when there is
    /// no such order. To be counted by the caller, after the commit.
    pub(crate) async fn reply(
        &self,
        conn: &mut Transaction,
        reply: Reply,
    ) -> Result<Option<Change>, Failure> {
        let now = self.clock.now();
        let id = reply.order_id;
        // Not the place to send a browser to: whoever knows it may act for the customer.
        let step = match reply.says {
            Says::Answer(step, _) => Some(step),
            Says::ActionRequired { .. } | Says::HoldExpired => None,
        };
        let change = self.store.reply(conn, reply, now).await?;
        if change
            .as_ref()
            .is_some_and(|change| change.events.is_empty())
        {
            tracing::debug!(order = %id, ?step, "an answer that nobody waits for");
        }
        Ok(change)
    }

    /// Locks these orders, in one order for everybody, until the end of the transaction.
    pub(crate) async fn lock(
        &self,
        conn: &mut Transaction,
        orders: &[OrderId],
    ) -> Result<(), Failure> {
        self.store.lock_all(conn, orders).await
    }

    /// Lets payment's answer to a refund take effect, inside the consumer's transaction.
    pub(crate) async fn refund_answered(
        &self,
        conn: &mut Transaction,
        id: RefundId,
        failure: Option<&str>,
    ) -> Result<bool, Failure> {
        let now = self.clock.now();
        self.store.refund_answered(conn, id, failure, now).await
    }

    /// Goes on with everything whose answer is overdue.
    pub(crate) async fn pursue(&self) -> Result<(), Failure> {
        loop {
            let now = self.clock.now();
            // The one goes on, and is counted, when the other can not.
            let changes = self.store.overdue(now).await;
            for change in changes.iter().flatten() {
                counters::count(&change.order, &change.events, now);
            }
            let refunds = self.store.ask_for_refunds_again(now).await;
            let (changes, refunds) = (changes?, refunds?);
            if changes.is_empty() && refunds == 0 {
                return Ok(());
            }
            self.outbox.wake();
        }
    }
}
