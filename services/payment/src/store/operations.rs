//! The table `operations`: calls to the provider that are due or were made.

mod lease;

use std::collections::HashSet;

use chassis::telemetry::{self, TraceContext};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::PaymentId;
use persistence::{Error, prepared};
use serde::Serialize;
use uuid::Uuid;

use super::{Store, columns};
use crate::domain::{NewOperation, Task};
use crate::schema::operations;

pub(crate) use lease::close;

/// An operation to insert, in the trace of the current span.
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
            id: operation.id(payment_id),
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

/// The payments whose open authorization a worker has begun. The lock keeps workers from beginning the
/// others until the end of the transaction. The filters match the index `operations_once`.
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

/// Closes the open operation of a task, because a lookup found its outcome.
pub(crate) async fn close_observed(
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
    /// The age of the oldest one.
    #[diesel(sql_type = sql_types::Double)]
    pub(crate) oldest_seconds: f64,
}

impl Store {
    /// The number and the age of the unfinished operations.
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

    /// Deletes some operations that finished more than `days` days ago; returns how many.
    pub(crate) async fn sweep_operations(&self, days: u32) -> Result<usize, Error> {
        self.delete_old("operations", "finished_at", days).await
    }
}
