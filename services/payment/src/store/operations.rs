//! The table `operations`: calls to the provider.

use std::collections::HashSet;
use std::time::Duration;

use chassis::telemetry::{self, TraceContext};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::PaymentId;
use leases::{By, Lease, Table};
use persistence::{Error, prepared};
use serde::Serialize;
use uuid::Uuid;

use super::{Store, columns};
use crate::domain::{Answer, NewOperation, Operation, Task};
use crate::schema::operations;

const TABLE: Table = Table::new("operations").open("finished_at IS NULL");

#[derive(QueryableByName)]
#[diesel(table_name = operations, check_for_backend(diesel::pg::Pg))]
struct Leased {
    id: Uuid,
    payment_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    order_id: Uuid,
    kind: String,
    refund_id: Option<Uuid>,
    amount_minor: i64,
    currency: String,
    #[diesel(sql_type = sql_types::Text)]
    payment_method: String,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    provider_reference: Option<String>,
    traceparent: Option<String>,
    tracestate: Option<String>,
    attempts: i32,
    key_number: i32,
    key_spent: bool,
    unclear: bool,
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

pub(super) async fn insert(
    mut conn: &AsyncPgConnection,
    operations: &[Added],
) -> Result<(), Error> {
    if operations.is_empty() {
        return Ok(());
    }
    prepared(
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
    conn: &mut AsyncPgConnection,
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
    mut conn: &AsyncPgConnection,
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
pub(crate) async fn close(
    conn: &mut AsyncPgConnection,
    operation: &Operation,
    answer: &Answer,
) -> Result<bool, Error> {
    let set = "outcome = $4, finished_at = now(), last_error = NULL";
    let closed = TABLE
        .finish(lease(operation), By::Anyone, set)
        .bind::<sql_types::Text, _>(outcome(answer));
    Ok(closed.execute(conn).await? == 1)
}

fn lease(operation: &Operation) -> Lease<Uuid> {
    Lease {
        key: operation.id,
        attempt: operation.attempt,
    }
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
    /// Leases operations that are due, at most `limit`.
    pub(crate) async fn lease_operations(
        &self,
        limit: usize,
        time: Duration,
    ) -> Result<Vec<Operation>, Error> {
        let mut conn = self.database.get().await?;
        let select = "SELECT leased.*, p.order_id, p.payment_method, p.provider_reference
                      FROM leased JOIN payments p ON p.id = leased.payment_id";
        let leased: Vec<Leased> = TABLE.lease(&mut conn, limit, time, select).await?;
        leased.into_iter().map(Leased::into_operation).collect()
    }

    /// Ends a lease, so that the operation is tried again after a delay. A key that is spent stays spent.
    pub(crate) async fn postpone_operation(
        &self,
        operation: &Operation,
        delay: Duration,
        error: &str,
        key_spent: bool,
    ) -> Result<(), Error> {
        let more = [
            "key_spent = key_spent OR (key_number = $5 AND $6)",
            "unclear = $7",
        ];
        TABLE
            .postpone(lease(operation), delay, Some(error), &more)
            .bind::<sql_types::Integer, _>(operation.key_number)
            .bind::<sql_types::Bool, _>(key_spent)
            .bind::<sql_types::Bool, _>(operation.unclear)
            .execute(&mut self.database.get().await?)
            .await?;
        Ok(())
    }

    /// Extends a lease; false when another worker has the operation, or it is finished.
    pub(crate) async fn extend_operation(
        &self,
        operation: &Operation,
        time: Duration,
    ) -> Result<bool, Error> {
        let mut conn = self.database.get().await?;
        TABLE.extend(&mut conn, lease(operation), time).await
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
        let pending = prepared(
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
