use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::Error;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{OrderId, UserId};
use uuid::Uuid;

use super::Store;
use super::codes::read;
use super::refunds::refund_records;
use super::rows::{LineRow, OrderRow, RefundRow, SagaRow};
use crate::domain::{OrderRecord, Status, TimelineRecord};
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

    /// The customer who placed an order, and its status.
    pub(crate) async fn customer_and_status_of(
        &self,
        id: OrderId,
    ) -> Result<Option<(UserId, Status)>, Failure> {
        let mut conn = self.database.get().await?;
        let found: Option<(Uuid, String)> = orders::table
            .find(id.as_uuid())
            .select((orders::customer_id, orders::status))
            .first(&mut conn)
            .await
            .optional()?;
        let found = found.map(|(customer, status)| Ok((customer.into(), read(&status)?)));
        Ok(found.transpose().map_err(|error: Error| error)?)
    }

    /// The timeline of an order after the first `after` entries, oldest entry first.
    pub(crate) async fn timeline(
        &self,
        id: OrderId,
        after: u32,
    ) -> Result<Vec<TimelineRecord>, Failure> {
        let skipped = i64::from(after);
        let mut conn = self.database.get().await?;
        let rows: Vec<(DateTime<Utc>, String, String, String)> = order_events::table
            .filter(order_events::order_id.eq(id.as_uuid()))
            .order(order_events::id)
            .offset(skipped)
            .limit((TIMELINE_MAX - skipped).max(0))
            .select((
                order_events::at,
                order_events::service,
                order_events::kind,
                order_events::message,
            ))
            .load(&mut conn)
            .await?;
        let positions = after.saturating_add(1)..;
        let record = |(position, (at, service, kind, message))| TimelineRecord {
            position,
            at,
            service,
            kind,
            message,
        };
        Ok(positions.zip(rows).map(record).collect())
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
