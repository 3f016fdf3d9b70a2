//! Loads and locks the rows that decisions need: orders with their sagas first, then refunds, each in the
//! order of their ids. The locks last until the commit. Queries for overdue rows skip locked ones.

use std::collections::HashMap;

use chassis::telemetry::TraceContext;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{OrderId, RefundId};
use uuid::Uuid;

use super::Store;
use super::codes::code;
use super::rows::{DecisionRow, RefundRow, SagaRow};
use crate::domain::{Error, Order, Refund, RefundStatus};
use crate::failure::Failure;
use crate::schema::{orders, refunds, sagas};

/// The most overdue rows of one transaction, so that it stays short. The next one follows at once.
const BATCH: i64 = 50;

/// The `traceparent` and `tracestate` of the request that placed an order.
type StoredTrace = (Option<String>, Option<String>);

impl Store {
    /// Those of these orders that exist.
    pub(crate) async fn lock(
        &self,
        conn: &mut AsyncPgConnection,
        ids: &[OrderId],
    ) -> Result<HashMap<OrderId, Order>, Failure> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        let rows: Vec<(DecisionRow, SagaRow)> = orders::table
            .inner_join(sagas::table)
            .filter(orders::id.eq_any(ids))
            .order(orders::id)
            .select((DecisionRow::as_select(), SagaRow::as_select()))
            .for_no_key_update()
            .load(conn)
            .await?;
        let orders: Result<_, diesel::result::Error> = rows
            .into_iter()
            .map(|(row, saga)| row.order(&saga).map(|order| (order.id, order)))
            .collect();
        Ok(orders?)
    }

    /// One order, which must exist.
    pub(crate) async fn lock_one(
        &self,
        conn: &mut AsyncPgConnection,
        id: OrderId,
    ) -> Result<Order, Failure> {
        let order = self.lock(conn, &[id]).await?.remove(&id);
        Ok(order.ok_or(Error::OrderNotFound)?)
    }

    /// Those of these refunds that exist. The caller has locked their orders.
    pub(crate) async fn lock_refunds(
        &self,
        conn: &mut AsyncPgConnection,
        ids: &[RefundId],
    ) -> Result<HashMap<RefundId, Refund>, Failure> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        let rows: Vec<RefundRow> = refunds::table
            .filter(refunds::id.eq_any(ids))
            .order(refunds::id)
            .select(RefundRow::as_select())
            .for_no_key_update()
            .load(conn)
            .await?;
        let refunds: Result<_, diesel::result::Error> = rows
            .iter()
            .map(|row| row.refund().map(|refund| (refund.id, refund)))
            .collect();
        Ok(refunds?)
    }

    /// The refunds of a locked order whose reply is awaited.
    pub(crate) async fn open_refunds(
        &self,
        conn: &mut AsyncPgConnection,
        order: OrderId,
    ) -> Result<Vec<Refund>, Failure> {
        let rows: Vec<RefundRow> = refunds::table
            .filter(refunds::order_id.eq(order.as_uuid()))
            .filter(refunds::status.eq(code(RefundStatus::Requested)))
            .order(refunds::id)
            .select(RefundRow::as_select())
            .load(conn)
            .await?;
        let refunds: Result<_, _> = rows.iter().map(RefundRow::refund).collect();
        Ok(refunds?)
    }

    /// A batch of orders whose step is overdue, each with the trace that placed it.
    pub(crate) async fn overdue_sagas(
        &self,
        conn: &mut AsyncPgConnection,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Order, Option<TraceContext>)>, Failure> {
        let rows: Vec<(DecisionRow, SagaRow, StoredTrace)> = orders::table
            .inner_join(sagas::table)
            .filter(sagas::next_attempt_at.le(now))
            .order(sagas::next_attempt_at)
            .select((
                DecisionRow::as_select(),
                SagaRow::as_select(),
                (sagas::traceparent, sagas::tracestate),
            ))
            .limit(BATCH)
            .for_no_key_update()
            .skip_locked()
            .load(conn)
            .await?;
        let rows = rows.into_iter().map(|(row, saga, (parent, state))| {
            let order = row.order(&saga);
            let overdue = order.map(|order| (order, TraceContext::from_stored(parent, state)));
            (saga.order_id, overdue)
        });
        let (overdue, unreadable) = readable(rows);
        if !unreadable.is_empty() {
            diesel::update(sagas::table.filter(sagas::order_id.eq_any(unreadable)))
                .set(sagas::next_attempt_at.eq(now + self.timing.longest_wait()))
                .execute(conn)
                .await?;
        }
        Ok(overdue)
    }

    /// A batch of overdue refunds, each with its order and the trace that placed the order.
    pub(crate) async fn overdue_refunds(
        &self,
        conn: &mut AsyncPgConnection,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Order, Refund, Option<TraceContext>)>, Failure> {
        let rows: Vec<(RefundRow, DecisionRow, SagaRow, StoredTrace)> = refunds::table
            .inner_join(orders::table.inner_join(sagas::table))
            .filter(refunds::next_attempt_at.le(now))
            .order(refunds::next_attempt_at)
            .select((
                RefundRow::as_select(),
                DecisionRow::as_select(),
                SagaRow::as_select(),
                (sagas::traceparent, sagas::tracestate),
            ))
            .limit(BATCH)
            .for_no_key_update()
            .skip_locked()
            .load(conn)
            .await?;
        let rows = rows
            .into_iter()
            .map(|(refund, row, saga, (parent, state))| {
                let overdue = row.order(&saga).and_then(|order| {
                    let trace = TraceContext::from_stored(parent, state);
                    Ok((order, refund.refund()?, trace))
                });
                (refund.id, overdue)
            });
        let (overdue, unreadable) = readable(rows);
        if !unreadable.is_empty() {
            diesel::update(refunds::table.filter(refunds::id.eq_any(unreadable)))
                .set(refunds::next_attempt_at.eq(now + self.timing.longest_wait()))
                .execute(conn)
                .await?;
        }
        Ok(overdue)
    }
}

/// Separates readable rows from the ids of unreadable ones, so that a row of another version does not block
/// the rest.
fn readable<T>(
    rows: impl Iterator<Item = (Uuid, Result<T, diesel::result::Error>)>,
) -> (Vec<T>, Vec<Uuid>) {
    let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
    for (id, row) in rows {
        match row {
            Ok(row) => readable.push(row),
            Err(error) => {
                tracing::error!(%id, %error, "cannot read a saga or refund, postponing it");
                unreadable.push(id);
            }
        }
    }
    (readable, unreadable)
}
