use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Money, OrderId};

use super::Store;
use super::refunds::earlier_refunds;
use super::returns::earlier_returns;
use super::rows::LineRow;
use crate::domain::{SoldOrder, Status, Totals};
use crate::failure::Failure;
use crate::schema::{order_lines, orders};

impl Store {
    /// Locks an order, which must exist, and loads everything that refunds and returns depend on. They change only
    /// under this lock.
    pub(crate) async fn lock_sold(
        &self,
        conn: &mut AsyncPgConnection,
        id: OrderId,
    ) -> Result<SoldOrder, Failure> {
        let order = self.lock_one(conn, id).await?;
        let currency = order.total.currency();
        let (lines, discount, shipping, tax, updated_at): (i64, i64, i64, i64, DateTime<Utc>) =
            orders::table
                .find(id.as_uuid())
                .select((
                    orders::lines_minor,
                    orders::discount_minor,
                    orders::shipping_minor,
                    orders::tax_minor,
                    orders::updated_at,
                ))
                .first(conn)
                .await?;
        let amount = |minor| Money::new(minor, currency);
        let totals = Totals::sum(
            amount(lines),
            amount(discount),
            amount(shipping),
            amount(tax),
        )?;
        let lines: Vec<LineRow> = order_lines::table
            .filter(order_lines::order_id.eq(id.as_uuid()))
            .order(order_lines::position)
            .select(LineRow::as_select())
            .load(conn)
            .await?;
        let lines: Result<_, diesel::result::Error> =
            lines.into_iter().map(|line| line.sold(currency)).collect();
        // The delivery is the last change of an order's row.
        let delivered_at = (order.status == Status::Delivered).then_some(updated_at);
        Ok(SoldOrder {
            order,
            lines: lines?,
            totals,
            delivered_at,
            refunds: earlier_refunds(conn, id).await?,
            returns: earlier_returns(conn, id).await?,
        })
    }
}
