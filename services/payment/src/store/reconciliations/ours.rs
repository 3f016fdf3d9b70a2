//! Our side of a reconciliation: payments with their ledger, in pages.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::PaymentId;
use persistence::{Error, prepared};
use uuid::Uuid;

use super::super::{Store, columns};
use crate::domain::{Ours, Run};
use crate::schema::{ledger_transactions, payments};

/// Payments per page.
const PAGE: i64 = 500;

/// Where a page of payments ended.
pub(crate) type Cursor = (DateTime<Utc>, Uuid);

#[derive(QueryableByName)]
#[diesel(table_name = payments, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: Uuid,
    order_id: Uuid,
    status: String,
    amount_minor: Option<i64>,
    currency: Option<String>,
    refunded_minor: i64,
    provider_reference: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[diesel(sql_type = Bool)]
    in_flight: bool,
}

#[derive(QueryableByName)]
struct Sum {
    #[diesel(sql_type = SqlUuid)]
    payment_id: Uuid,
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    minor: i64,
}

#[derive(QueryableByName)]
#[diesel(table_name = payments)]
struct Id {
    id: Uuid,
}

impl Store {
    /// The ids that belong to a payment of ours.
    pub(crate) async fn existing_payments(
        &self,
        ids: Vec<PaymentId>,
    ) -> Result<Vec<PaymentId>, Error> {
        let ids = ids.into_iter().map(PaymentId::as_uuid);
        let existing: Vec<Uuid> = payments::table
            .filter(payments::id.eq_any(ids.collect::<Vec<_>>()))
            .select(payments::id)
            .load(&mut self.database.get().await?)
            .await?;
        Ok(existing.into_iter().map(Into::into).collect())
    }

    /// The next page of payments created in the run's window, oldest first.
    pub(crate) async fn ours_created(
        &self,
        run: &Run,
        after: Option<Cursor>,
    ) -> Result<Vec<Ours>, Error> {
        let mut conn = self.database.get().await?;
        let (at, id) = after.unwrap_or((run.window_from, Uuid::nil()));
        let rows: Vec<Id> = prepared(
            "SELECT id FROM payments WHERE (created_at, id) > ($1, $2) AND created_at < $3
             ORDER BY created_at, id LIMIT $4",
        )
        .bind::<Timestamptz, _>(at)
        .bind::<SqlUuid, _>(id)
        .bind::<Timestamptz, _>(run.window_until)
        .bind::<BigInt, _>(PAGE)
        .get_results(&mut conn)
        .await?;
        ours(&mut conn, rows.into_iter().map(|row| row.id).collect()).await
    }

    /// A page of payments created before the run's window with a booking in it, and the cursor of the next page;
    /// `None` after the last page.
    pub(crate) async fn ours_changed(
        &self,
        run: &Run,
        after: Option<Uuid>,
    ) -> Result<(Vec<PaymentId>, Option<Uuid>), Error> {
        let mut conn = self.database.get().await?;
        let after = after.unwrap_or_else(|| first_id(run.window_from));
        let booked: Vec<(Uuid, Uuid)> = ledger_transactions::table
            .filter(ledger_transactions::id.gt(after))
            .filter(ledger_transactions::id.lt(first_id(run.window_until)))
            .order(ledger_transactions::id)
            .limit(PAGE)
            .select((ledger_transactions::id, ledger_transactions::payment_id))
            .load(&mut conn)
            .await?;
        let next = booked.last().map(|(id, _)| *id);
        let mut ids: Vec<Uuid> = booked.into_iter().map(|(_, payment)| payment).collect();
        ids.sort_unstable();
        ids.dedup();
        let older: Vec<Uuid> = payments::table
            .filter(payments::id.eq_any(ids))
            .filter(payments::created_at.lt(run.window_from))
            .select(payments::id)
            .load(&mut conn)
            .await?;
        Ok((older.into_iter().map(Into::into).collect(), next))
    }

    /// Our side of a payment, as it is now.
    pub(crate) async fn ours(&self, id: PaymentId) -> Result<Option<Ours>, Error> {
        let mut conn = self.database.get().await?;
        Ok(ours(&mut conn, vec![id.as_uuid()]).await?.pop())
    }
}

async fn ours(conn: &mut AsyncPgConnection, ids: Vec<Uuid>) -> Result<Vec<Ours>, Error> {
    let rows: Vec<Row> = prepared(
        "SELECT p.*,
                EXISTS (SELECT FROM operations o
                        WHERE o.payment_id = p.id AND o.outcome IS NULL)
                OR EXISTS (SELECT FROM refunds r
                           WHERE r.payment_id = p.id AND r.status = 'requested') AS in_flight
         FROM payments p WHERE p.id = ANY ($1) ORDER BY p.created_at, p.id",
    )
    .bind::<Array<SqlUuid>, _>(&ids)
    .get_results(conn)
    .await?;
    let mut ledgers = ledgers(conn, &ids).await?;
    rows.into_iter()
        .map(|row| {
            let ledger = ledgers.remove(&row.id).unwrap_or_default();
            row.into_ours(ledger)
        })
        .collect()
}

type Ledger = BTreeMap<(String, String), i64>;

/// The sums by account. A transaction that does not balance appears as the account `out of balance`; the database
/// rejects such transactions.
async fn ledgers(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Ledger>, Error> {
    let sums: Vec<Sum> = prepared(
        "WITH booked AS MATERIALIZED (
             SELECT t.payment_id, t.id, e.account, e.currency, e.amount_minor
             FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
             WHERE t.payment_id = ANY ($1)
         )
         SELECT payment_id, account, currency, sum(amount_minor)::bigint AS minor
         FROM booked GROUP BY payment_id, account, currency HAVING sum(amount_minor) <> 0
         UNION ALL
         SELECT payment_id, 'out of balance', currency, max(abs(minor))::bigint
         FROM (SELECT payment_id, id, currency, sum(amount_minor) AS minor FROM booked
               GROUP BY payment_id, id, currency) sums
         WHERE minor <> 0 GROUP BY payment_id, currency",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .get_results(conn)
    .await?;
    let mut ledgers: HashMap<Uuid, Ledger> = HashMap::new();
    for sum in sums {
        let ledger = ledgers.entry(sum.payment_id).or_default();
        ledger.insert((sum.account, sum.currency), sum.minor);
    }
    Ok(ledgers)
}

impl Row {
    fn into_ours(self, ledger: Ledger) -> Result<Ours, Error> {
        let amount = match (self.amount_minor, self.currency) {
            (Some(minor), Some(currency)) => Some(columns::money(minor, &currency)?),
            _ => None,
        };
        Ok(Ours {
            id: self.id.into(),
            order_id: self.order_id.into(),
            status: columns::status(&self.status)?,
            amount,
            refunded: self.refunded_minor,
            reference: self.provider_reference,
            created_at: self.created_at,
            updated_at: self.updated_at,
            in_flight: self.in_flight,
            ledger,
        })
    }
}

/// The smallest UUIDv7 of a time.
fn first_id(at: DateTime<Utc>) -> Uuid {
    let ms = u128::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128((ms << 80) | (7 << 76))
}
