use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::record::record;
use super::rows::{DecisionRow, SagaRow};
use super::{Change, Store};
use crate::failure::Failure;
use crate::schema::{orders, sagas};

/// Sagas that one transaction takes; it is short, and the next one follows at once.
const BATCH: i64 = 50;

impl Store {
    /// Takes some sagas whose answer is overdue and goes on with each: asks again, or undoes. Any
    /// number of replicas may do so at once; each takes others.
    pub(crate) async fn overdue(&self, now: DateTime<Utc>) -> Result<Vec<Change>, Failure> {
        let timing = self.timing;
        self.database
            .transaction(async move |conn| {
                let rows: Vec<(DecisionRow, SagaRow)> = orders::table
                    .inner_join(sagas::table)
                    .filter(sagas::next_attempt_at.le(now))
                    .order(sagas::next_attempt_at)
                    .select((DecisionRow::as_select(), SagaRow::as_select()))
                    .limit(BATCH)
                    .for_no_key_update()
                    .skip_locked()
                    .load(conn)
                    .await?;
                let mut changes = Vec::with_capacity(rows.len());
                for (row, saga) in rows {
                    let mut order = match row.order(&saga) {
                        Ok(order) => order,
                        Err(error) => {
                            // One that another version wrote must not hold up all others.
                            let order = saga.order_id;
                            tracing::error!(%order, %error, "a saga that can not be read is put off");
                            put_off(conn, order, now + timing.longest_wait()).await?;
                            continue;
                        }
                    };
                    let events = order.unanswered(&timing);
                    order.apply(&events);
                    record(conn, &order, &events, &timing, now).await?;
                    changes.push(Change { order, events });
                }
                Ok(changes)
            })
            .await
    }
}

async fn put_off(
    conn: &mut AsyncPgConnection,
    order: Uuid,
    until: DateTime<Utc>,
) -> Result<(), Failure> {
    diesel::update(sagas::table.find(order))
        .set(sagas::next_attempt_at.eq(until))
        .execute(conn)
        .await?;
    Ok(())
}
