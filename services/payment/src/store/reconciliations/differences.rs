use chrono::DateTime;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{OrderId, PaymentId};
use persistence::{Error, prepared};
use serde::Serialize;
use uuid::Uuid;

use super::super::{Store, columns};
use crate::domain::{Difference, DifferenceKind};
use crate::schema::reconciliation_differences;

#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = reconciliation_differences)]
struct Row {
    nth: i32,
    kind: String,
    order_id: Option<Uuid>,
    payment_id: Option<Uuid>,
    provider_reference: Option<String>,
    ours: String,
    theirs: String,
}

impl Row {
    fn of(nth: usize, difference: &Difference) -> Self {
        Self {
            nth: i32::try_from(nth).unwrap_or(i32::MAX),
            kind: difference.kind.name().to_owned(),
            order_id: difference.order_id.map(OrderId::as_uuid),
            payment_id: difference.payment_id.map(PaymentId::as_uuid),
            provider_reference: difference.reference.clone(),
            ours: difference.ours.clone(),
            theirs: difference.theirs.clone(),
        }
    }

    fn into_difference(self) -> Result<Difference, Error> {
        Ok(Difference {
            kind: kind(&self.kind)?,
            order_id: self.order_id.map(Into::into),
            payment_id: self.payment_id.map(Into::into),
            reference: self.provider_reference,
            ours: self.ours,
            theirs: self.theirs,
            since: DateTime::UNIX_EPOCH,
        })
    }
}

impl Store {
    /// The differences of a reconciliation, the oldest payments first, at most `limit`.
    pub(crate) async fn differences(&self, id: Uuid, limit: i64) -> Result<Vec<Difference>, Error> {
        let rows: Vec<Row> = reconciliation_differences::table
            .filter(reconciliation_differences::reconciliation_id.eq(id))
            .order(reconciliation_differences::nth)
            .limit(limit)
            .select(Row::as_select())
            .load(&mut self.database.get().await?)
            .await?;
        rows.into_iter().map(Row::into_difference).collect()
    }

    /// The number of differences of each kind; kinds without one are left out.
    pub(crate) async fn differences_by_kind(
        &self,
        id: Uuid,
    ) -> Result<Vec<(DifferenceKind, i64)>, Error> {
        let counts: Vec<(String, i64)> = reconciliation_differences::table
            .filter(reconciliation_differences::reconciliation_id.eq(id))
            .group_by(reconciliation_differences::kind)
            .select((reconciliation_differences::kind, count_star()))
            .load(&mut self.database.get().await?)
            .await?;
        let counts = counts.into_iter();
        counts
            .map(|(name, count)| Ok((kind(&name)?, count)))
            .collect()
    }
}

pub(super) async fn insert(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    found: &[Difference],
) -> Result<(), Error> {
    let rows = found.iter().enumerate();
    prepared(
        "INSERT INTO reconciliation_differences
             (reconciliation_id, nth, kind, order_id, payment_id, provider_reference, ours, theirs)
         SELECT $1, nth, kind, order_id, payment_id, provider_reference, ours, theirs
         FROM jsonb_populate_recordset(NULL::reconciliation_differences, $2)",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Jsonb, _>(columns::recordset(
        rows.map(|(nth, one)| Row::of(nth, one)),
    )?)
    .execute(conn)
    .await?;
    Ok(())
}

fn kind(name: &str) -> Result<DifferenceKind, Error> {
    let mut kinds = DifferenceKind::ALL.into_iter();
    let kind = kinds.find(|kind| kind.name() == name);
    kind.ok_or_else(|| columns::invalid("kind of a difference").into())
}
