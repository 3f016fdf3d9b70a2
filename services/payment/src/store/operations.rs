//! The table `operations`: calls to the provider.

use std::collections::HashSet;

use chassis::telemetry::{self, TraceContext};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use kernel::PaymentId;
use persistence::Error;
use serde::Serialize;
use uuid::Uuid;

use super::{Connection, Store, columns};
use crate::domain::{Answer, NewOperation, Operation, Task};
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

/// An operation to be inserted, in the trace of the current span.
#[derive(Serialize)]
pub(super) struct Added {
    id: Uuid,
    payment_id: Uuid,
    kind: &'static str,
    refund_id: Option<Uuid>,
    amount_minor: i64,
    currency: String,
    traceparent: Option<String>,
    tracestate: Option<String>,
}

impl Added {
    pub(super) fn new(payment_id: PaymentId, operation: NewOperation) -> Self {
        let (traceparent, tracestate) = TraceContext::into_stored(telemetry::current_context());
        Self {
            id: Uuid::now_v7(),
            payment_id: payment_id.as_uuid(),
            kind: operation.task.name(),
            refund_id: columns::refund_of(operation.task),
            amount_minor: operation.amount.minor_units(),
            currency: operation.amount.currency().to_string(),
            traceparent,
            tracestate,
        }
    }
}

pub(super) async fn insert(mut conn: &Connection, operations: &[Added]) -> Result<(), Error> {
    if operations.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO operations
             (id, payment_id, kind, refund_id, amount_minor, currency, traceparent, tracestate)
         SELECT id, payment_id, kind, refund_id, amount_minor, currency, traceparent, tracestate
         FROM jsonb_populate_recordset(NULL::operations, $1)",
    )
    .bind::<sql_types::Jsonb, _>(columns::recordset(operations.iter())?)
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// Those of the payments whose open authorization a worker has begun. Until the end of the transaction
/// none can begin one of the others. The filters are those of the index `operations_once`.
pub(crate) async fn attempted_authorizations(
    conn: &mut Connection,
    payments: &[PaymentId],
) -> Result<HashSet<PaymentId>, Error> {
    if payments.is_empty() {
        return Ok(HashSet::new());
    }
    let open: Vec<(Uuid, i32)> = operations::table
        .filter(operations::payment_id.eq_any(uuids(payments)))
        .filter(operations::kind.eq(Task::Authorize.name()))
        .filter(operations::outcome.is_null())
        .order(operations::payment_id)
        .select((operations::payment_id, operations::attempts))
        .for_update()
        .load(conn)
        .await?;
    let attempted = open.into_iter().filter(|(_, attempts)| *attempts > 0);
    Ok(attempted.map(|(payment_id, _)| payment_id.into()).collect())
}

/// Withdraws authorizations that no worker has begun.
pub(super) async fn withdraw_authorizations(
    mut conn: &Connection,
    payments: &[PaymentId],
) -> Result<(), Error> {
    if payments.is_empty() {
        return Ok(());
    }
    diesel::update(operations::table)
        .filter(operations::payment_id.eq_any(uuids(payments)))
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

fn uuids(ids: &[PaymentId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.as_uuid()).collect()
}

/// Closes an operation; false when it was closed before. Of several workers with the same answer one
/// gets true.
pub(crate) async fn close(conn: &mut Connection, id: Uuid, answer: &Answer) -> Result<bool, Error> {
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
        // The outcome of a challenge is found by lookups; the call is not repeated.
        Answer::Done { .. } | Answer::ActionRequired { .. } => "done",
        Answer::Refused { .. } | Answer::HoldGone { .. } => "refused",
    }
}

/// Closes the open operation of a task, because a lookup has shown its outcome.
pub(crate) async fn close_seen(
    conn: &mut Connection,
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

/// The operations that are not finished.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub(crate) struct Pending {
    #[diesel(sql_type = sql_types::BigInt)]
    pub(crate) count: i64,
    /// How long the oldest one has waited.
    #[diesel(sql_type = sql_types::Double)]
    pub(crate) oldest_seconds: f64,
}

impl Store {
    /// Leases operations that are due, at most `limit`. Any number of workers may lease at once: none
    /// waits, and no two get the same operation.
    ///
    /// The array makes PostgreSQL pick the rows once. As `IN (SELECT ..)` some plans pick again for
    /// every row, and lease more than the caller has room for. `now()` is a bound of the index
    /// `operations_due`, which `clock_timestamp()` can not be: so what is not due yet is not looked at.
    pub(crate) async fn lease_operations(
        &self,
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
        .get_results(&mut self.database.get().await?)
        .await?;
        leased.into_iter().map(Leased::into_operation).collect()
    }

    /// Gives a leased operation back, to be tried again after a delay. The number of the attempt guards
    /// it: another worker may have the operation by now. A key that is spent stays spent.
    pub(crate) async fn postpone_operation(
        &self,
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
        .execute(&mut self.database.get().await?)
        .await?;
        Ok(())
    }

    /// Renews the lease; false when the operation is not the caller's any more.
    pub(crate) async fn renew_operation(
        &self,
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
        .execute(&mut self.database.get().await?)
        .await?;
        Ok(kept == 1)
    }

    /// Replaces a spent idempotency key; false when the operation is not the caller's any more. Saved
    /// before the key is used, so that a later worker uses the same.
    pub(crate) async fn renew_key(&self, operation: &Operation) -> Result<bool, Error> {
        let renewed = diesel::update(operations::table.find(operation.id))
            .filter(operations::attempts.eq(operation.attempt))
            .filter(operations::key_number.eq(operation.key_number))
            .filter(operations::key_spent)
            .filter(operations::finished_at.is_null())
            .set((
                operations::key_number.eq(operations::key_number + 1),
                operations::key_spent.eq(false),
            ))
            .execute(&mut self.database.get().await?)
            .await?;
        Ok(renewed == 1)
    }

    /// What waits for the provider.
    pub(crate) async fn pending_operations(&self) -> Result<Pending, Error> {
        let pending = sql_query(
            "SELECT count(*) AS count,
                    coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8
                        AS oldest_seconds
             FROM operations WHERE finished_at IS NULL",
        )
        .get_result(&mut self.database.get().await?)
        .await?;
        Ok(pending)
    }

    /// Deletes some operations that finished more than so many days ago; returns how many.
    pub(crate) async fn sweep_operations(&self, days: u32) -> Result<usize, Error> {
        self.delete_old("operations", "finished_at", days).await
    }
}
