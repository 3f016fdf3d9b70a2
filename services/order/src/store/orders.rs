use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{OrderId, UserId};
use uuid::Uuid;

use super::Store;
use super::refunds::refund_records;
use super::rows::{LineRow, OrderRow, RefundRow, SagaRow};
use crate::domain::{OrderRecord, TimelineRecord};
use crate::failure::Failure;
use crate::schema::{order_events, order_lines, orders, refunds, sagas};

/// The most entries of a timeline that are returned.
const TIMELINE_MAX: i64 = 200;

impl Store {
    /// One order.
    pub(crate) async fn order(&self, id: OrderId) -> Result<Option<OrderRecord>, Failure> {
        let mut conn = self.database.get().await?;
        let row: Option<(OrderRow, SagaRow)> = orders::table
            .inner_join(sagas::table)
            .filter(orders::id.eq(id.as_uuid()))
            .select((OrderRow::as_select(), SagaRow::as_select()))
            .first(&mut conn)
            .await
            .optional()?;
        match row {
            None => Ok(None),
            Some(row) => complete(&mut conn, row).await.map(Some),
        }
    }

    /// The customer who placed an order.
    pub(crate) async fn customer_of(&self, id: OrderId) -> Result<Option<UserId>, Failure> {
        let mut conn = self.database.get().await?;
        let customer: Option<Uuid> = orders::table
            .find(id.as_uuid())
            .select(orders::customer_id)
            .first(&mut conn)
            .await
            .optional()?;
        Ok(customer.map(UserId::from))
    }

    /// The timeline of an order, oldest entry first.
    pub(crate) async fn timeline(&self, id: OrderId) -> Result<Vec<TimelineRecord>, Failure> {
        let mut conn = self.database.get().await?;
        let rows: Vec<(DateTime<Utc>, String, String, String)> = order_events::table
            .filter(order_events::order_id.eq(id.as_uuid()))
            .order(order_events::id)
            .limit(TIMELINE_MAX)
            .select((
                order_events::at,
                order_events::service,
                order_events::kind,
                order_events::message,
            ))
            .load(&mut conn)
            .await?;
        let record = |(at, service, kind, message)| TimelineRecord {
            at,
            service,
            kind,
            message,
        };
        Ok(rows.into_iter().map(record).collect())
    }
}

/// Adds lines and refunds.
async fn complete(
    conn: &mut AsyncPgConnection,
    (order, saga): (OrderRow, SagaRow),
) -> Result<OrderRecord, Failure> {
    let lines: Vec<LineRow> = order_lines::table
        .filter(order_lines::order_id.eq(order.id))
        .order(order_lines::position)
        .select(LineRow::as_select())
        .load(conn)
        .await?;
    let refunds: Vec<RefundRow> = refunds::table
        .filter(refunds::order_id.eq(order.id))
        .order(refunds::id)
        .select(RefundRow::as_select())
        .load(conn)
        .await?;
    let refunds = refund_records(conn, refunds).await?;
    Ok(order.record(&saga, lines, refunds)?)
}
