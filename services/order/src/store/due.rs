use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

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
                    let mut order = row.order(&saga)?;
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
