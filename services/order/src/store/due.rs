use std::collections::HashMap;

use chassis::telemetry::{self, TraceContext};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::record::record;
use super::rows::{DecisionRow, SagaRow};
use super::{Change, Store};
use crate::failure::Failure;
use crate::schema::{orders, sagas};

/// Sagas that one transaction takes; it is short, and the next one follows at once.
const BATCH: i64 = 50;

/// `traceparent` and `tracestate`.
type StoredTrace = (Option<String>, Option<String>);

impl Store {
    /// Takes some sagas whose answer is overdue and goes on with each: asks again, or undoes. Any
    /// number of replicas may do so at once; each takes others.
    pub(crate) async fn overdue(&self, now: DateTime<Utc>) -> Result<Vec<Change>, Failure> {
        let timing = self.timing;
        self.database
            .transaction(async move |conn| {
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
                let mut changes = Vec::with_capacity(rows.len());
                for (row, saga, trace) in rows {
                    let step = saga.step.as_deref().unwrap_or("nothing");
                    let trace = TraceContext::from_stored(trace.0, trace.1);
                    let span = pursuit(step, saga.order_id, trace);
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
                    let recorded = record(conn, &order, &events, &timing, now);
                    recorded.instrument(span).await?;
                    changes.push(Change { order, events });
                }
                Ok(changes)
            })
            .await
    }
}

/// What is done about an overdue answer belongs to the trace that placed the order.
pub(super) fn pursuit(step: &str, order: Uuid, trace: Option<TraceContext>) -> Span {
    let span = tracing::info_span!(
        parent: None,
        "pursue",
        otel.name = format!("pursue {step}"),
        step,
        order_id = %order,
    );
    if let Some(trace) = trace {
        telemetry::set_parent(&span, &trace);
    }
    span
}

/// The traces that placed these orders.
pub(super) async fn traces(
    mut conn: &AsyncPgConnection,
    orders: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Option<TraceContext>>, Failure> {
    let rows: Vec<(Uuid, StoredTrace)> = sagas::table
        .filter(sagas::order_id.eq_any(orders.collect::<Vec<_>>()))
        .select((sagas::order_id, (sagas::traceparent, sagas::tracestate)))
        .load(&mut conn)
        .await?;
    let trace =
        |(id, trace): (Uuid, StoredTrace)| (id, TraceContext::from_stored(trace.0, trace.1));
    Ok(rows.into_iter().map(trace).collect())
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
