//! What reconciliations have found, and the list of them.

use chrono::DateTime;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::Error;
use uuid::Uuid;

use super::super::{Store, columns};
use super::{Row, Run};
use crate::domain::{Difference, DifferenceKind};
use crate::schema::reconciliations;

/// How many differences of a kind there are.
#[derive(QueryableByName)]
struct OfKind {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

type DifferenceRow = (
    String,
    Option<Uuid>,
    Option<Uuid>,
    Option<String>,
    String,
    String,
);

impl Store {
    pub(crate) async fn run(&self, id: Uuid) -> Result<Option<Run>, Error> {
        let mut conn = self.database.get().await?;
        reconciliations::table
            .find(id)
            .select(Row::as_select())
            .first(&mut conn)
            .await
            .optional()?
            .map(Row::into_run)
            .transpose()
    }

    /// At most `limit`, newest first, older than `after`.
    pub(crate) async fn runs(&self, after: Option<Uuid>, limit: i64) -> Result<Vec<Run>, Error> {
        let mut conn = self.database.get().await?;
        let rows = reconciliations::table
            .filter(reconciliations::id.lt(after.unwrap_or(Uuid::max())))
            .order(reconciliations::id.desc())
            .limit(limit)
            .select(Row::as_select())
            .load(&mut conn)
            .await?;
        rows.into_iter().map(Row::into_run).collect()
    }

    /// The last one that compared everything.
    pub(crate) async fn last_completed(&self) -> Result<Option<Run>, Error> {
        let mut conn = self.database.get().await?;
        reconciliations::table
            .filter(reconciliations::status.eq("completed"))
            .order(reconciliations::id.desc())
            .select(Row::as_select())
            .first(&mut conn)
            .await
            .optional()?
            .map(Row::into_run)
            .transpose()
    }

    /// What it found, the oldest payments first, at most `limit`.
    pub(crate) async fn differences(&self, id: Uuid, limit: i64) -> Result<Vec<Difference>, Error> {
        use crate::schema::reconciliation_differences as found;
        let mut conn = self.database.get().await?;
        let rows: Vec<DifferenceRow> = found::table
            .filter(found::reconciliation_id.eq(id))
            .order(found::nth)
            .limit(limit)
            .select((
                found::kind,
                found::order_id,
                found::payment_id,
                found::provider_reference,
                found::ours,
                found::theirs,
            ))
            .load(&mut conn)
            .await?;
        rows.into_iter().map(difference).collect()
    }

    /// How many differences of each kind it found; kinds that it did not find are left out.
    pub(crate) async fn differences_by_kind(
        &self,
        id: Uuid,
    ) -> Result<Vec<(DifferenceKind, i64)>, Error> {
        let mut conn = self.database.get().await?;
        let rows: Vec<OfKind> = sql_query(
            "SELECT kind, count(*) AS count FROM reconciliation_differences
             WHERE reconciliation_id = $1 GROUP BY kind",
        )
        .bind::<SqlUuid, _>(id)
        .get_results(&mut conn)
        .await?;
        rows.into_iter()
            .map(|row| Ok((kind(&row.kind)?, row.count)))
            .collect()
    }
}

/// Records what one has found.
pub(super) async fn write(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    found: &[Difference],
) -> Result<(), Error> {
    let kinds: Vec<_> = found.iter().map(|one| one.kind.name()).collect();
    let orders: Vec<_> = found
        .iter()
        .map(|one| one.order_id.map(kernel::OrderId::as_uuid))
        .collect();
    let payments: Vec<_> = found
        .iter()
        .map(|one| one.payment_id.map(kernel::PaymentId::as_uuid))
        .collect();
    let references: Vec<_> = found.iter().map(|one| one.reference.as_deref()).collect();
    let ours: Vec<_> = found.iter().map(|one| one.ours.as_str()).collect();
    let theirs: Vec<_> = found.iter().map(|one| one.theirs.as_str()).collect();
    sql_query(
        "INSERT INTO reconciliation_differences
             (reconciliation_id, nth, kind, order_id, payment_id, provider_reference, ours, theirs)
         SELECT $1, nth - 1, kind, order_id, payment_id, reference, ours, theirs
         FROM unnest($2, $3, $4, $5, $6, $7)
              WITH ORDINALITY AS d (kind, order_id, payment_id, reference, ours, theirs, nth)",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Array<Text>, _>(kinds)
    .bind::<Array<Nullable<SqlUuid>>, _>(orders)
    .bind::<Array<Nullable<SqlUuid>>, _>(payments)
    .bind::<Array<Nullable<Text>>, _>(references)
    .bind::<Array<Text>, _>(ours)
    .bind::<Array<Text>, _>(theirs)
    .execute(conn)
    .await?;
    Ok(())
}

fn difference(
    (name, order_id, payment_id, reference, ours, theirs): DifferenceRow,
) -> Result<Difference, Error> {
    Ok(Difference {
        kind: kind(&name)?,
        order_id: order_id.map(Into::into),
        payment_id: payment_id.map(Into::into),
        reference,
        ours,
        theirs,
        since: DateTime::UNIX_EPOCH,
    })
}

fn kind(name: &str) -> Result<DifferenceKind, Error> {
    let mut kinds = DifferenceKind::ALL.into_iter();
    let kind = kinds.find(|kind| kind.name() == name);
    kind.ok_or_else(|| columns::broken("kind of a difference").into())
}
