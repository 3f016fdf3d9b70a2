use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, sum};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{OrderId, UserId};
use uuid::Uuid;

use super::Store;
use super::codes::code;
use super::refunds::refund_records;
use super::rows::{LineRow, OrderRow, RefundRow, SagaRow, SummaryRow};
use crate::domain::{OrderRecord, OrderSummary, Status, TimelineRecord};
use crate::failure::Failure;
use crate::schema::{order_events, order_lines, orders, refunds, sagas};

/// The most entries of a timeline that are returned.
const TIMELINE_MAX: i64 = 200;

/// Which orders to list.
#[derive(Debug, Clone)]
pub(crate) struct PageRequest {
    /// None for all customers.
    pub(crate) customer: Option<UserId>,
    pub(crate) status: Option<Status>,
    /// The last order of the previous page.
    pub(crate) after: Option<OrderId>,
    pub(crate) size: u32,
}

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

    /// A page of orders, newest first, and whether there are more.
    pub(crate) async fn orders(
        &self,
        page: PageRequest,
    ) -> Result<(Vec<OrderSummary>, bool), Failure> {
        let mut conn = self.database.get().await?;
        let mut query = orders::table
            .inner_join(sagas::table)
            .select((SummaryRow::as_select(), SagaRow::as_select()))
            .order(orders::id.desc())
            .limit(i64::from(page.size) + 1)
            .into_boxed();
        if let Some(customer) = page.customer {
            query = query.filter(orders::customer_id.eq(customer.as_uuid()));
        }
        if let Some(status) = page.status {
            query = query.filter(orders::status.eq(code(status)));
        }
        if let Some(after) = page.after {
            query = query.filter(orders::id.lt(after.as_uuid()));
        }
        let mut rows: Vec<(SummaryRow, SagaRow)> = query.load(&mut conn).await?;
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let ids: Vec<Uuid> = rows.iter().map(|(order, _)| order.id).collect();
        let counts: Vec<(Uuid, i64, Option<i64>)> = order_lines::table
            .filter(order_lines::order_id.eq_any(&ids))
            .group_by(order_lines::order_id)
            .select((
                order_lines::order_id,
                count_star(),
                sum(order_lines::quantity),
            ))
            .load(&mut conn)
            .await?;
        let counts = counts.into_iter();
        let counts: HashMap<Uuid, (i64, i64)> = counts
            .map(|(order, lines, units)| (order, (lines, units.unwrap_or_default())))
            .collect();
        let summaries: Result<_, diesel::result::Error> = rows
            .into_iter()
            .map(|(order, saga)| {
                let (lines, units) = counts.get(&order.id).copied().unwrap_or_default();
                order.summary(&saga, lines, units)
            })
            .collect();
        Ok((summaries?, more))
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
