//! What operators do to sagas, with its audit record in the same commit.

use chrono::{DateTime, Utc};
use kernel::{OrderId, UserId};
use operations::{Action, Reason};

use super::codes::code;
use super::record::{note, record};
use super::refunds::{ask_again, open_refunds};
use super::transitions::{Change, lock};
use super::{Store, Transaction};
use crate::domain::{Error, Event, Order, refunds_retried_by_operator};
use crate::failure::Failure;

/// Who acts, and why.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) id: UserId,
    pub(crate) reason: Reason,
}

impl Store {
    /// Requests the awaited step and all open refunds of an order again.
    pub(crate) async fn retry_saga(
        &self,
        id: OrderId,
        operator: Operator,
        now: DateTime<Utc>,
    ) -> Result<Change, Failure> {
        let timing = self.timing;
        self.database
            .transaction(async move |conn| {
                let order = lock(conn, id).await?.ok_or(Error::OrderNotFound)?;
                let events: Vec<Event> = order.retry().into_iter().collect();
                let refunds = open_refunds(conn, &order).await?;
                if events.is_empty() && refunds.is_empty() {
                    return Err(Error::SagaNotInFlight.into());
                }
                audit(conn, "saga.retry", &order, &operator).await?;
                record(conn, &order, &events, &timing, now).await?;
                if !refunds.is_empty() {
                    let entry = refunds_retried_by_operator(refunds.len());
                    note(&*conn, order.id, &[entry], now).await?;
                    ask_again(conn, refunds).await?;
                }
                Ok(Change { order, events })
            })
            .await
    }

    /// Gives a checkout up.
    pub(crate) async fn compensate_saga(
        &self,
        id: OrderId,
        operator: Operator,
        now: DateTime<Utc>,
    ) -> Result<Change, Failure> {
        let timing = self.timing;
        self.database
            .transaction(async move |conn| {
                let mut order = lock(conn, id).await?.ok_or(Error::OrderNotFound)?;
                let events = order.compensate()?;
                audit(conn, "saga.compensate", &order, &operator).await?;
                order.apply(&events);
                record(conn, &order, &events, &timing, now).await?;
                Ok(Change { order, events })
            })
            .await
    }
}

/// Records what is done to an order, which is still as it was before.
async fn audit(
    conn: &mut Transaction,
    kind: &'static str,
    order: &Order,
    operator: &Operator,
) -> Result<(), Failure> {
    // Words of ours alone: nothing in them to escape.
    let detail = format!(
        r#"{{"status":"{}","step":"{}","attempts":{}}}"#,
        code(order.status),
        order.step.map_or("", code),
        order.attempts
    );
    let action = Action {
        kind,
        subject: order.id.to_string(),
        actor: operator.id,
        reason: operator.reason.clone(),
        detail,
    };
    operations::record(conn, &action).await?;
    Ok(())
}
