//! The table `operations`: what is owed to the provider.

use chassis::telemetry::{self, TraceContext};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::PaymentId;
use persistence::Error;
use uuid::Uuid;

use super::columns;
use crate::domain::{Answer, Ask, Operation, Task};
use crate::schema::operations;

#[derive(QueryableByName)]
struct Leased {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    payment_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    order_id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    kind: String,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Uuid>)]
    refund_id: Option<Uuid>,
    #[diesel(sql_type = sql_types::BigInt)]
    amount_minor: i64,
    #[diesel(sql_type = sql_types::Text)]
    currency: String,
    #[diesel(sql_type = sql_types::Text)]
    payment_method: String,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    provider_reference: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    traceparent: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    tracestate: Option<String>,
    #[diesel(sql_type = sql_types::Integer)]
    attempts: i32,
    #[diesel(sql_type = sql_types::Integer)]
    key_number: i32,
    #[diesel(sql_type = sql_types::Bool)]
    key_spent: bool,
    #[diesel(sql_type = sql_types::Bool)]
    unclear: bool,
    #[diesel(sql_type = sql_types::Timestamptz)]
    created_at: DateTime<Utc>,
}

impl Leased {
    fn into_operation(self) -> Result<Operation, Error> {
        Ok(Operation {
            id: self.id,
            payment_id: self.payment_id.into(),
            order_id: self.order_id.into(),
            task: columns::task(&self.kind, self.refund_id)?,
            amount: columns::money(self.amount_minor, &self.currency)?,
            payment_method: self.payment_method,
            reference: self.provider_reference,
            trace: TraceContext::from_stored(self.traceparent, self.tracestate),
            attempt: self.attempts,
            key_number: self.key_number,
            key_spent: self.key_spent,
            unclear: self.unclear,
            created_at: self.created_at,
        })
    }
}

pub(super) async fn insert(
    mut conn: &AsyncPgConnection,
    payment_id: PaymentId,
    ask: Ask,
) -> Result<(), Error> {
    let (traceparent, tracestate) = TraceContext::into_stored(telemetry::current_context());
    diesel::insert_into(operations::table)
        .values((
            operations::id.eq(Uuid::now_v7()),
            operations::payment_id.eq(payment_id.as_uuid()),
            operations::kind.eq(ask.task.name()),
            operations::refund_id.eq(columns::refund_of(ask.task)),
            operations::amount_minor.eq(ask.amount.minor_units()),
            operations::currency.eq(ask.amount.currency().code()),
            operations::traceparent.eq(traceparent),
            operations::tracestate.eq(tracestate),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Whether a worker has ever taken the authorization on, which is open. Until the end of the
/// transaction none can. That it is open makes it a matter for the index `operations_once`.
pub(super) async fn authorization_was_asked(
    conn: &mut AsyncPgConnection,
    payment_id: PaymentId,
) -> Result<bool, Error> {
    let attempts: Option<i32> = operations::table
        .filter(operations::payment_id.eq(payment_id.as_uuid()))
        .filter(operations::kind.eq(Task::Authorize.name()))
        .filter(operations::outcome.is_null())
        .select(operations::attempts)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(attempts.is_some_and(|attempts| attempts > 0))
}

/// Takes back the authorization that no worker has taken on.
pub(super) async fn withdraw_authorization(
    mut conn: &AsyncPgConnection,
    payment_id: PaymentId,
) -> Result<(), Error> {
    diesel::update(operations::table)
        .filter(operations::payment_id.eq(payment_id.as_uuid()))
        .filter(operations::kind.eq(Task::Authorize.name()))
        .filter(operations::outcome.is_null())
        .filter(operations::attempts.eq(0))
        .set((
            operations::outcome.eq("not_needed"),
            operations::finished_at.eq(diesel::dsl::now),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Any number of workers may lease at once: nobody waits, and no two get the same operation.
///
/// The array makes PostgreSQL pick the rows once. As `IN (SELECT ..)` some plans pick again for
/// every row, and lease more than the caller has room for. `now()` is a bound of the index
/// `operations_due`, which `clock_timestamp()` can not be: so what is not due yet is not looked at.
pub(super) async fn lease(
    conn: &mut AsyncPgConnection,
    limit: usize,
    lease_ms: u64,
) -> Result<Vec<Operation>, Error> {
    let leased: Vec<Leased> = sql_query(
        "UPDATE operations o
         SET attempts = o.attempts + 1,
             leased_until = clock_timestamp() + make_interval(secs => $2)
         FROM payments p
         WHERE p.id = o.payment_id AND o.id = ANY (ARRAY(
             SELECT id FROM operations
             WHERE finished_at IS NULL AND next_attempt_at <= now()
               AND (leased_until IS NULL OR leased_until <= clock_timestamp())
             ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED
         ))
         RETURNING o.id, o.payment_id, p.order_id, o.kind, o.refund_id, o.amount_minor,
                   o.currency, p.payment_method, p.provider_reference, o.traceparent, o.tracestate,
                   o.attempts, o.key_number, o.key_spent, o.unclear, o.created_at",
    )
    .bind::<sql_types::BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
    .bind::<sql_types::Double, _>(columns::seconds(lease_ms))
    .get_results(conn)
    .await?;
    leased.into_iter().map(Leased::into_operation).collect()
}

/// The number of the try guards it: another worker may have the operation by now. That the key is
/// spent stays true whoever found it out, as long as it is the same key; whether it is unclear what
/// became of the tries is as the operation says.
pub(super) async fn postpone(
    conn: &mut AsyncPgConnection,
    operation: &Operation,
    delay_ms: u64,
    error: &str,
    key_spent: bool,
) -> Result<(), Error> {
    sql_query(
        "UPDATE operations
         SET leased_until = NULL, last_error = $4,
             key_spent = key_spent OR (key_number = $5 AND $6), unclear = $7,
             next_attempt_at = clock_timestamp() + make_interval(secs => $3)
         WHERE id = $1 AND attempts = $2 AND finished_at IS NULL",
    )
    .bind::<sql_types::Uuid, _>(operation.id)
    .bind::<sql_types::Integer, _>(operation.attempt)
    .bind::<sql_types::Double, _>(columns::seconds(delay_ms))
    .bind::<sql_types::Text, _>(error)
    .bind::<sql_types::Integer, _>(operation.key_number)
    .bind::<sql_types::Bool, _>(key_spent)
    .bind::<sql_types::Bool, _>(operation.unclear)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the lease for longer; false says that the operation is not the caller's any more.
pub(super) async fn keep(
    conn: &mut AsyncPgConnection,
    operation: &Operation,
    lease_ms: u64,
) -> Result<bool, Error> {
    let kept = sql_query(
        "UPDATE operations SET leased_until = clock_timestamp() + make_interval(secs => $3)
         WHERE id = $1 AND attempts = $2 AND finished_at IS NULL",
    )
    .bind::<sql_types::Uuid, _>(operation.id)
    .bind::<sql_types::Integer, _>(operation.attempt)
    .bind::<sql_types::Double, _>(columns::seconds(lease_ms))
    .execute(conn)
    .await?;
    Ok(kept == 1)
}

/// Takes a new key into use; false says that the operation is not the caller's any more. Written
/// before the key is used: whoever takes over later uses the same.
pub(super) async fn renew_key(
    conn: &mut AsyncPgConnection,
    operation: &Operation,
) -> Result<bool, Error> {
    let renewed = diesel::update(operations::table.find(operation.id))
        .filter(operations::attempts.eq(operation.attempt))
        .filter(operations::key_number.eq(operation.key_number))
        .filter(operations::key_spent)
        .filter(operations::finished_at.is_null())
        .set((
            operations::key_number.eq(operations::key_number + 1),
            operations::key_spent.eq(false),
        ))
        .execute(conn)
        .await?;
    Ok(renewed == 1)
}

/// Closes an operation; false says that it was closed before. Of several workers with the same
/// answer one gets true.
pub(super) async fn close(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    answer: &Answer,
) -> Result<bool, Error> {
    let outcome = outcome(answer);
    let closed = diesel::update(operations::table)
        .filter(operations::id.eq(id))
        .filter(operations::finished_at.is_null())
        .set((
            operations::outcome.eq(outcome),
            operations::finished_at.eq(diesel::dsl::now),
            operations::last_error.eq(None::<String>),
        ))
        .execute(conn)
        .await?;
    Ok(closed == 1)
}

fn outcome(answer: &Answer) -> &'static str {
    match answer {
        // What the customer makes of a challenge is found by looking; it is not asked for again.
        Answer::Done { .. } | Answer::ActionRequired { .. } => "done",
        Answer::Refused { .. } | Answer::HoldGone { .. } => "refused",
    }
}

/// Closes what is open of a task, because a look has shown its outcome.
pub(super) async fn close_seen(
    conn: &mut AsyncPgConnection,
    payment_id: PaymentId,
    task: Task,
    done: bool,
) -> Result<(), Error> {
    diesel::update(operations::table)
        .filter(operations::payment_id.eq(payment_id.as_uuid()))
        .filter(operations::kind.eq(task.name()))
        .filter(operations::refund_id.is_not_distinct_from(columns::refund_of(task)))
        .filter(operations::outcome.is_null())
        .set((
            operations::outcome.eq(if done { "done" } else { "refused" }),
            operations::finished_at.eq(diesel::dsl::now),
            operations::last_error.eq(None::<String>),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// What is owed to the provider.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub(crate) struct Pending {
    #[diesel(sql_type = sql_types::BigInt)]
    pub(crate) count: i64,
    /// Since when the oldest one waits.
    #[diesel(sql_type = sql_types::Double)]
    pub(crate) oldest_seconds: f64,
}

pub(super) async fn pending(conn: &mut AsyncPgConnection) -> Result<Pending, Error> {
    let pending = sql_query(
        "SELECT count(*) AS count,
                coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8
                    AS oldest_seconds
         FROM operations WHERE finished_at IS NULL",
    )
    .get_result(conn)
    .await?;
    Ok(pending)
}

/// By the clock of the database, which also wrote when they were finished.
pub(super) async fn sweep(conn: &mut AsyncPgConnection, days: u32) -> Result<usize, Error> {
    let deleted = sql_query(
        "DELETE FROM operations WHERE id = ANY (ARRAY(
             SELECT id FROM operations WHERE finished_at < now() - make_interval(days => $1)
             LIMIT 1000 FOR UPDATE SKIP LOCKED))",
    )
    .bind::<sql_types::Integer, _>(i32::try_from(days).unwrap_or(i32::MAX))
    .execute(conn)
    .await?;
    Ok(deleted)
}
