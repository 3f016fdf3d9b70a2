//! The two sides of a comparison: our payments, read in pages, and the provider's intents, which are
//! staged while a reconciliation runs.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::PaymentId;
use persistence::Error;
use uuid::Uuid;

use super::super::{Store, columns};
use super::Run;
use crate::domain::{Intent, Ours};
use crate::schema::{ledger_transactions, payments};

/// Payments per page.
const PAGE: i64 = 500;

/// Where a page of payments ended.
pub(crate) type Cursor = (DateTime<Utc>, Uuid);

#[derive(QueryableByName)]
struct PaymentRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    amount_minor: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
    #[diesel(sql_type = BigInt)]
    refunded_minor: i64,
    #[diesel(sql_type = Nullable<Text>)]
    provider_reference: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
    #[diesel(sql_type = Bool)]
    in_flight: bool,
}

#[derive(QueryableByName)]
struct SumRow {
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
struct IntentRow {
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    payment_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    amount_minor: i64,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    received_minor: i64,
    #[diesel(sql_type = BigInt)]
    refunded_minor: i64,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    canceled_at: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct ReferenceRow {
    #[diesel(sql_type = Text)]
    reference: String,
}

impl Store {
    /// Keeps a page of what the provider lists. The same page again changes nothing.
    pub(crate) async fn stage_intents(&self, run: &Run, page: &[Intent]) -> Result<(), Error> {
        let mut conn = self.database.get().await?;
        let payment_ids: Vec<_> = page
            .iter()
            .map(|intent| intent.payment_id.map(PaymentId::as_uuid))
            .collect();
        sql_query(
            "INSERT INTO reconciliation_intents
                 (reconciliation_id, attempt, reference, payment_id, status, amount_minor, currency,
                  received_minor, created_at, canceled_at)
             SELECT $1, $2, * FROM unnest($3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT DO NOTHING",
        )
        .bind::<SqlUuid, _>(run.id)
        .bind::<Integer, _>(run.attempt)
        .bind::<Array<Text>, _>(each(page, |intent| intent.reference.as_str()))
        .bind::<Array<Nullable<SqlUuid>>, _>(payment_ids)
        .bind::<Array<Text>, _>(each(page, |intent| intent.status.as_str()))
        .bind::<Array<BigInt>, _>(each(page, |intent| intent.amount))
        .bind::<Array<Text>, _>(each(page, |intent| intent.currency.as_str()))
        .bind::<Array<BigInt>, _>(each(page, |intent| intent.received))
        .bind::<Array<Timestamptz>, _>(each(page, |intent| intent.created_at))
        .bind::<Array<Nullable<Timestamptz>>, _>(each(page, |intent| intent.canceled_at))
        .execute(&mut conn)
        .await?;
        Ok(())
    }

    /// Adds a page of refunds to the staged intents; answers the references of those that are not
    /// staged. Not to be done twice for one page.
    pub(crate) async fn stage_refunds(
        &self,
        run: &Run,
        sums: &BTreeMap<String, i64>,
    ) -> Result<Vec<String>, Error> {
        let mut conn = self.database.get().await?;
        let references: Vec<&str> = sums.keys().map(String::as_str).collect();
        let amounts: Vec<i64> = sums.values().copied().collect();
        let updated: Vec<ReferenceRow> = sql_query(
            "UPDATE reconciliation_intents i SET refunded_minor = i.refunded_minor + sum.amount
             FROM unnest($3, $4) AS sum (reference, amount)
             WHERE i.reconciliation_id = $1 AND i.attempt = $2 AND i.reference = sum.reference
             RETURNING i.reference",
        )
        .bind::<SqlUuid, _>(run.id)
        .bind::<Integer, _>(run.attempt)
        .bind::<Array<Text>, _>(references)
        .bind::<Array<BigInt>, _>(amounts)
        .get_results(&mut conn)
        .await?;
        let staged: Vec<&str> = updated.iter().map(|row| row.reference.as_str()).collect();
        let missing = sums.keys().filter(|name| !staged.contains(&name.as_str()));
        Ok(missing.cloned().collect())
    }

    /// The staged intents that name one of the payments, or are named by one.
    pub(crate) async fn staged(&self, run: &Run, ours: &[Ours]) -> Result<Vec<Intent>, Error> {
        let mut conn = self.database.get().await?;
        let references: Vec<&str> = ours
            .iter()
            .filter_map(|payment| payment.reference.as_deref())
            .collect();
        let rows: Vec<IntentRow> = sql_query(
            "SELECT * FROM reconciliation_intents
             WHERE reconciliation_id = $1 AND attempt = $2 AND payment_id = ANY ($3)
             UNION
             SELECT * FROM reconciliation_intents
             WHERE reconciliation_id = $1 AND attempt = $2 AND reference = ANY ($4)",
        )
        .bind::<SqlUuid, _>(run.id)
        .bind::<Integer, _>(run.attempt)
        .bind::<Array<SqlUuid>, _>(each(ours, |payment| payment.id.as_uuid()))
        .bind::<Array<Text>, _>(references)
        .get_results(&mut conn)
        .await?;
        Ok(rows.into_iter().map(IntentRow::into_intent).collect())
    }

    /// Those of the ids that are payments of ours.
    pub(crate) async fn known(&self, ids: Vec<PaymentId>) -> Result<Vec<PaymentId>, Error> {
        let mut conn = self.database.get().await?;
        let ids = ids.into_iter().map(PaymentId::as_uuid);
        let known: Vec<Uuid> = payments::table
            .filter(payments::id.eq_any(ids.collect::<Vec<_>>()))
            .select(payments::id)
            .load(&mut conn)
            .await?;
        Ok(known.into_iter().map(Into::into).collect())
    }

    /// The next payments made in the run's window, in the order they were made.
    pub(crate) async fn ours_made(
        &self,
        run: &Run,
        after: Option<Cursor>,
    ) -> Result<Vec<Ours>, Error> {
        let mut conn = self.database.get().await?;
        let (at, id) = after.unwrap_or((run.from, Uuid::nil()));
        let rows: Vec<IdRow> = sql_query(
            "SELECT id FROM payments WHERE (created_at, id) > ($1, $2) AND created_at < $3
             ORDER BY created_at, id LIMIT $4",
        )
        .bind::<Timestamptz, _>(at)
        .bind::<SqlUuid, _>(id)
        .bind::<Timestamptz, _>(run.until)
        .bind::<BigInt, _>(PAGE)
        .get_results(&mut conn)
        .await?;
        ours(&mut conn, rows.into_iter().map(|row| row.id).collect()).await
    }

    /// Payments made before the run's window with something booked in it, and where the next page
    /// goes on; none when there is no other.
    pub(crate) async fn ours_changed(
        &self,
        run: &Run,
        after: Option<Uuid>,
    ) -> Result<(Vec<PaymentId>, Option<Uuid>), Error> {
        let mut conn = self.database.get().await?;
        let after = after.unwrap_or_else(|| first_id(run.from));
        let booked: Vec<(Uuid, Uuid)> = ledger_transactions::table
            .filter(ledger_transactions::id.gt(after))
            .filter(ledger_transactions::id.lt(first_id(run.until)))
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
            .filter(payments::created_at.lt(run.from))
            .select(payments::id)
            .load(&mut conn)
            .await?;
        Ok((older.into_iter().map(Into::into).collect(), next))
    }

    /// What we say of a payment now.
    pub(crate) async fn ours(&self, id: PaymentId) -> Result<Option<Ours>, Error> {
        let mut conn = self.database.get().await?;
        Ok(ours(&mut conn, vec![id.as_uuid()]).await?.pop())
    }
}

async fn ours(conn: &mut AsyncPgConnection, ids: Vec<Uuid>) -> Result<Vec<Ours>, Error> {
    let rows: Vec<PaymentRow> = sql_query(
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

/// The sums by account. A transaction that does not balance, which the database refuses, counts as
/// an account of its own.
async fn ledgers(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Ledger>, Error> {
    let sums: Vec<SumRow> = sql_query(
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

impl PaymentRow {
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

impl IntentRow {
    fn into_intent(self) -> Intent {
        Intent {
            reference: self.reference,
            payment_id: self.payment_id.map(Into::into),
            status: self.status,
            amount: self.amount_minor,
            currency: self.currency,
            received: self.received_minor,
            refunded: self.refunded_minor,
            created_at: self.created_at,
            canceled_at: self.canceled_at,
        }
    }
}

/// The least UUIDv7 of a moment.
fn first_id(at: DateTime<Utc>) -> Uuid {
    let ms = u128::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128((ms << 80) | (7 << 76))
}

fn each<'a, T, R>(items: &'a [T], field: impl Fn(&'a T) -> R) -> Vec<R> {
    items.iter().map(field).collect()
}
