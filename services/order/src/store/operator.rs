//! Sagas and refunds in flight, for operators and metrics.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use kernel::OrderId;
use uuid::Uuid;

use super::Store;
use super::codes::{Code, code, read, read_end_reason, unreadable};
use super::rows::{SagaRow, int};
use crate::domain::{SagaRecord, SagaState};
use crate::failure::Failure;
use crate::saga::{Step, USUAL_ATTEMPTS};
use crate::schema::{orders, sagas};

/// Steps whose reply is awaited; stuck after more than $1 attempts. A partial index covers these rows.
const STEPS: &str = "
    SELECT s.order_id AS id, s.order_id, s.step, s.attempts, s.reason, s.since, s.next_attempt_at,
           s.action_url IS NOT NULL AS needs_customer,
           CASE WHEN s.attempts > $1 THEN 'stuck'
                WHEN s.status = 'compensating' THEN 'compensating'
                ELSE 'in_flight' END AS state
    FROM sagas s WHERE s.step IS NOT NULL";

/// Refunds whose reply is awaited, with the same columns. A partial index covers these rows too.
const REFUNDS: &str = "
    SELECT r.id, r.order_id, 'refund'::text AS step, r.attempts, NULL::text AS reason,
           r.created_at AS since, r.next_attempt_at, false AS needs_customer,
           CASE WHEN r.attempts > $1 THEN 'stuck' ELSE 'in_flight' END AS state
    FROM refunds r WHERE r.status = 'requested'";

/// The `step` of a refund.
const REFUND: &str = "refund";

/// The most sagas, and the most refunds, that are counted. In a long outage, counting all would be slow.
const MAX_COUNTED: i64 = 10_000;

/// Everything that can be awaited: a step, or None for a refund.
pub(crate) fn awaited() -> impl Iterator<Item = Option<Step>> {
    let steps = Step::ALL.iter().map(|(step, _)| Some(*step));
    steps.chain([None])
}

/// Which sagas to list.
#[derive(Debug, Clone)]
pub(crate) struct SagaPage {
    /// None for all that are in flight.
    pub(crate) state: Option<SagaState>,
    /// The last row of the previous page.
    pub(crate) after: Option<(DateTime<Utc>, Uuid)>,
    pub(crate) size: u32,
}

/// The number of sagas or refunds with the same step and state, and when the oldest began to wait.
#[derive(Debug)]
pub(crate) struct SagaCount {
    /// None for a refund.
    pub(crate) step: Option<Step>,
    pub(crate) state: SagaState,
    pub(crate) count: i64,
    pub(crate) oldest: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = Text)]
    step: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Timestamptz)]
    oldest: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    #[diesel(sql_type = Text)]
    order_status: String,
    #[diesel(sql_type = Text)]
    step: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    needs_customer: bool,
    #[diesel(sql_type = Timestamptz)]
    since: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    next_attempt_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    traceparent: Option<String>,
}

impl Store {
    /// A page of sagas and refunds in flight, oldest first, and whether there are more.
    pub(crate) async fn sagas(&self, page: SagaPage) -> Result<(Vec<SagaRecord>, bool), Failure> {
        let (since, id) = page.after.unwrap_or((DateTime::UNIX_EPOCH, Uuid::nil()));
        let mut conn = self.database.get().await?;
        // The join is outside of the page: in an outage there may be many more rows than one page.
        let rows: Vec<Waiting> = sql_query(format!(
            "SELECT w.*, o.status AS order_status, t.traceparent
             FROM (SELECT * FROM ({STEPS} UNION ALL {REFUNDS}) all_of_them
                   WHERE (since, id) > ($2, $3) AND ($4 = '' OR state = $4)
                   ORDER BY since, id LIMIT $5) w JOIN orders o ON o.id = w.order_id JOIN sagas t USING (order_id)
             ORDER BY w.since, w.id"
        ))
        .bind::<Integer, _>(int(USUAL_ATTEMPTS))
        .bind::<Timestamptz, _>(since)
        .bind::<SqlUuid, _>(id)
        .bind::<Text, _>(page.state.map_or("", code))
        .bind::<BigInt, _>(i64::from(page.size) + 1)
        .load(&mut conn)
        .await?;
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        let records: Result<_, _> = rows.into_iter().take(size).map(Waiting::record).collect();
        Ok((records?, more))
    }

    /// The saga of an order; if it is idle, the oldest open refund instead. None if there is no such order.
    pub(crate) async fn saga(&self, order: OrderId) -> Result<Option<SagaRecord>, Failure> {
        let mut conn = self.database.get().await?;
        let row: Option<Waiting> = sql_query(format!(
            "SELECT w.*, o.status AS order_status, t.traceparent
             FROM ({STEPS} UNION ALL {REFUNDS}) w JOIN orders o ON o.id = w.order_id
                  JOIN sagas t USING (order_id)
             WHERE w.order_id = $2 ORDER BY w.step = '{REFUND}', w.id LIMIT 1"
        ))
        .bind::<Integer, _>(int(USUAL_ATTEMPTS))
        .bind::<SqlUuid, _>(order.as_uuid())
        .get_result(&mut conn)
        .await
        .optional()?;
        if let Some(row) = row {
            return Ok(Some(row.record()?));
        }
        let row: Option<(String, SagaRow, Option<String>)> = orders::table
            .inner_join(sagas::table)
            .filter(orders::id.eq(order.as_uuid()))
            .select((orders::status, SagaRow::as_select(), sagas::traceparent))
            .first(&mut conn)
            .await
            .optional()?;
        let idle = row.map(|(status, saga, trace)| idle(&status, &saga, trace.as_deref()));
        Ok(idle.transpose()?)
    }

    /// The number of the oldest sagas and refunds in flight, by step and state.
    pub(crate) async fn count_sagas(&self) -> Result<Vec<SagaCount>, Failure> {
        let mut conn = self.database.get().await?;
        let rows: Vec<CountRow> = sql_query(format!(
            "SELECT w.step, w.state, count(*) AS count, min(w.since) AS oldest
             FROM (({STEPS} ORDER BY s.since, s.order_id LIMIT $2)
                   UNION ALL ({REFUNDS} ORDER BY r.created_at, r.id LIMIT $2)) w
             GROUP BY w.step, w.state"
        ))
        .bind::<Integer, _>(int(USUAL_ATTEMPTS))
        .bind::<BigInt, _>(MAX_COUNTED)
        .load(&mut conn)
        .await?;
        let counts = rows.into_iter().map(|row| {
            Ok(SagaCount {
                step: match row.step.as_str() {
                    REFUND => None,
                    step => Some(read(step)?),
                },
                state: read(&row.state)?,
                count: row.count,
                oldest: row.oldest,
            })
        });
        Ok(counts.collect::<Result<_, diesel::result::Error>>()?)
    }
}

impl Waiting {
    fn record(self) -> Result<SagaRecord, diesel::result::Error> {
        let needs_customer = self.needs_customer.then(|| "action_required".to_owned());
        Ok(SagaRecord {
            id: self.id,
            order_id: self.order_id.into(),
            order_status: read(&self.order_status)?,
            state: read(&self.state)?,
            step: Some(self.step),
            attempts: u32::try_from(self.attempts).map_err(unreadable)?,
            reason: self.reason.map(reason_shown).or(needs_customer),
            since: Some(self.since),
            next_attempt_at: self.next_attempt_at,
            trace_id: self.traceparent.as_deref().and_then(trace_id),
        })
    }
}

fn idle(
    status: &str,
    saga: &SagaRow,
    traceparent: Option<&str>,
) -> Result<SagaRecord, diesel::result::Error> {
    Ok(SagaRecord {
        id: saga.order_id,
        order_id: saga.order_id.into(),
        order_status: read(status)?,
        state: SagaState::Idle,
        step: None,
        attempts: 0,
        reason: saga.reason.clone().map(reason_shown),
        since: None,
        next_attempt_at: None,
        trace_id: traceparent.and_then(trace_id),
    })
}

/// The second part of a W3C `traceparent`.
fn trace_id(traceparent: &str) -> Option<String> {
    traceparent.split('-').nth(1).map(str::to_owned)
}

/// Why a saga is undone. A code of another version is returned unchanged.
fn reason_shown(reason: String) -> String {
    read_end_reason(&reason).map_or(reason, |end_reason| end_reason.as_str().to_owned())
}
