//! Leases of operations: workers take, extend, postpone and close them.

use std::time::Duration;

use chassis::telemetry::TraceContext;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use leases::{By, Lease, Table};
use persistence::Error;
use uuid::Uuid;

use super::super::{Store, columns};
use crate::domain::{Answer, Operation};
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
            has_unusable_answer: self.unclear,
            created_at: self.created_at,
        })
    }
}

/// Closes an operation; false when it was closed before. Of several workers with the same answer, one gets
/// true.
pub(crate) async fn close(
    conn: &mut AsyncPgConnection,
    operation: &Operation,
    answer: &Answer,
) -> Result<bool, Error> {
    let set = "outcome = $4, finished_at = now(), last_error = $5";
    let problem = match answer {
        Answer::Rejected { problem, .. } => Some(problem.as_str()),
        _ => None,
    };
    let closed = TABLE
        .finish(lease(operation), By::Anyone, set)
        .bind::<sql_types::Text, _>(outcome(answer))
        .bind::<sql_types::Nullable<sql_types::Text>, _>(problem);
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
        // Lookups find the outcome of a challenge; the call is not repeated.
        Answer::Done { .. } | Answer::ActionRequired { .. } => "done",
        Answer::Refused { .. } | Answer::Rejected { .. } | Answer::AuthorizationEnded { .. } => {
            "refused"
        }
    }
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

    /// Ends a lease, so that the operation is retried after a delay. A spent key stays spent.
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
            .bind::<sql_types::Bool, _>(operation.has_unusable_answer)
            .execute(&mut self.database.get().await?)
            .await?;
        Ok(())
    }

    /// Extends a lease; false when another worker has leased the operation, or it is finished.
    pub(crate) async fn extend_operation(
        &self,
        operation: &Operation,
        time: Duration,
    ) -> Result<bool, Error> {
        let mut conn = self.database.get().await?;
        TABLE.extend(&mut conn, lease(operation), time).await
    }

    /// Replaces a spent idempotency key; false when the caller has lost the lease. The new key is saved before
    /// it is used, so that a later worker uses the same key.
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
}
