//! Lists of orders, page by page. Every filter narrows a range of an index, so the deepest page costs as much as the first.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::{count_star, sum};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::{OrderId, UserId};
use uuid::Uuid;

use super::Store;
use super::codes::code;
use super::rows::{SagaRow, SummaryRow};
use crate::domain::{OrderFilter, OrderSummary};
use crate::failure::Failure;
use crate::schema::{order_lines, orders, sagas};

/// Most time between an order's `placed_at` and the time in its id, which is read from another clock some moments later.
const ID_TOLERANCE: TimeDelta = TimeDelta::minutes(1);

/// Which orders to list.
#[derive(Debug, Clone)]
pub(crate) struct PageRequest {
    /// None for all customers.
    pub(crate) customer: Option<UserId>,
    pub(crate) filter: OrderFilter,
    /// The last order of the previous page.
    pub(crate) after: Option<OrderId>,
    pub(crate) size: u32,
}

impl Store {
    /// A page of orders, newest first, and whether there are more.
    ///
    /// Ids are UUIDv7, so their order is that of placing. A time filter is also a range of ids, which narrows each index:
    /// that of the ids, of customers and of statuses. The same range is given for the sagas, because the planner does not
    /// infer it from the join.
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
        if let Some(status) = page.filter.status {
            query = query.filter(orders::status.eq(code(status)));
        }
        if let Some(number) = &page.filter.number {
            query = query.filter(orders::number.eq(number.as_str().to_owned()));
        }
        if let Some(since) = page.filter.since {
            let since = since.max(DateTime::UNIX_EPOCH);
            let first = first_id(since - ID_TOLERANCE);
            query = query
                .filter(orders::id.ge(first))
                .filter(sagas::order_id.ge(first))
                .filter(orders::placed_at.ge(since));
        }
        if let Some(until) = page.filter.until {
            let until = until.max(DateTime::UNIX_EPOCH);
            let later = until.checked_add_signed(ID_TOLERANCE).unwrap_or(until);
            let end = first_id(later);
            query = query
                .filter(orders::id.lt(end))
                .filter(sagas::order_id.lt(end))
                .filter(orders::placed_at.lt(until));
        }
        if let Some(after) = page.after {
            query = query
                .filter(orders::id.lt(after.as_uuid()))
                .filter(sagas::order_id.lt(after.as_uuid()));
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
}

/// No UUIDv7 of this millisecond or a later one is smaller (RFC 9562: 48 bits of milliseconds come first).
fn first_id(at: DateTime<Utc>) -> Uuid {
    const LAST: u64 = (1 << 48) - 1;
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0).min(LAST);
    Uuid::from_u128(u128::from(millis) << 80)
}

#[cfg(test)]
mod tests {
    use kernel::Clock;

    use super::*;

    #[test]
    fn the_ids_of_a_time_are_in_its_range() {
        let clock = Clock::system();
        let before = clock.now();
        let id = Uuid::now_v7();
        assert!(first_id(before) <= id);
        assert!(id < first_id(clock.now() + TimeDelta::milliseconds(1)));
        assert_eq!(first_id(DateTime::<Utc>::MIN_UTC), Uuid::nil());
        assert!(first_id(DateTime::<Utc>::MAX_UTC) > id);
    }
}
