use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{OrderId, PaymentId, ReservationId};
use uuid::Uuid;

use super::record::record;
use super::rows::{DecisionRow, SagaRow};
use super::{Store, Transaction};
use crate::domain::{Error, Event, Order, StepResult};
use crate::failure::Failure;
use crate::saga::Step;
use crate::schema::{orders, sagas};

/// Something that a participant said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) order_id: OrderId,
    /// What it is about; it must be the order's own.
    pub(crate) reference: Reference,
    pub(crate) report: Report,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Report {
    /// What was asked for is done, or refused.
    Step(Step, StepResult),
    /// The customer must go there before it can be answered.
    ActionRequired { redirect_url: String },
    /// The authorized amount is not held any more.
    AuthorizationExpired,
}

/// The thing at the participant that a reply is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference {
    Reservation(ReservationId),
    Payment(PaymentId),
    /// A try to ship: the money of an earlier one may have failed before.
    Shipment(PaymentId, u32),
}

/// What became of an order, for those who count.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) order: Order,
    pub(crate) events: Vec<Event>,
}

impl Store {
    /// Lets what was said take effect, inside the consumer's transaction. Nothing happens when it does
    /// not apply; none when there is no such order.
    pub(crate) async fn reply(
        &self,
        conn: &mut Transaction,
        reply: Reply,
        now: DateTime<Utc>,
    ) -> Result<Option<Change>, Failure> {
        let Some(mut order) = lock(conn, reply.order_id).await? else {
            return Ok(None);
        };
        let ours = match reply.reference {
            Reference::Reservation(id) => id == order.reservation_id,
            Reference::Payment(id) => id == order.payment_id,
            Reference::Shipment(id, nth) => id == order.payment_id && nth == order.shipments,
        };
        let applies = match reply.report {
            Report::Step(step, answer) => order.answered(step, answer),
            Report::ActionRequired { redirect_url } => {
                order.action_required(redirect_url, now + self.timing.wait_for_customer())
            }
            Report::AuthorizationExpired => order.authorization_expired(),
        };
        let events = applies.ok().filter(|_| ours).unwrap_or_default();
        order.apply(&events);
        record(conn, &order, &events, &self.timing, now).await?;
        Ok(Some(Change { order, events }))
    }

    /// Lets a decision take effect, in a transaction of its own.
    pub(crate) async fn decide(
        &self,
        id: OrderId,
        now: DateTime<Utc>,
        decide: impl Fn(&Order) -> Result<Vec<Event>, Error> + Clone + Send + Sync,
    ) -> Result<Change, Failure> {
        let timing = self.timing;
        self.database
            .transaction(async move |conn| {
                let mut order = lock(conn, id).await?.ok_or(Error::OrderNotFound)?;
                let events = decide(&order)?;
                order.apply(&events);
                record(conn, &order, &events, &timing, now).await?;
                Ok(Change { order, events })
            })
            .await
    }

    /// Locks these orders and their sagas until the commit, in the order of their ids.
    pub(crate) async fn lock_all(
        &self,
        conn: &mut AsyncPgConnection,
        ids: &[OrderId],
    ) -> Result<(), Failure> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        let _locked: Vec<Uuid> = orders::table
            .inner_join(sagas::table)
            .filter(orders::id.eq_any(ids))
            .order(orders::id)
            .select(orders::id)
            .for_no_key_update()
            .load(conn)
            .await?;
        Ok(())
    }
}

/// The order and its saga, locked until the commit.
pub(super) async fn lock(
    conn: &mut AsyncPgConnection,
    id: OrderId,
) -> Result<Option<Order>, Failure> {
    let row: Option<(DecisionRow, SagaRow)> = orders::table
        .inner_join(sagas::table)
        .filter(orders::id.eq(id.as_uuid()))
        .select((DecisionRow::as_select(), SagaRow::as_select()))
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    let order = row.map(|(order, saga)| order.order(&saga)).transpose()?;
    Ok(order)
}
