//! The tables `ledger_transactions` and `ledger_entries`. The database refuses what does not
//! balance, and every change of what was booked.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Money, OrderId, PaymentId, RefundId};
use persistence::Error;
use uuid::Uuid;

use super::columns;
use crate::domain::{Booking, entries};
use crate::schema::{ledger_entries, ledger_transactions};

/// An entry with the transaction it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BookedEntry {
    pub(crate) transaction_id: Uuid,
    pub(crate) kind: String,
    pub(crate) account: String,
    pub(crate) amount: Money,
    pub(crate) booked_at: DateTime<Utc>,
}

/// The sum of an account in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Balance {
    pub(crate) account: String,
    pub(crate) amount: Money,
}

#[derive(QueryableByName)]
struct Sum {
    #[diesel(sql_type = sql_types::Text)]
    account: String,
    #[diesel(sql_type = sql_types::Text)]
    currency: String,
    #[diesel(sql_type = sql_types::BigInt)]
    minor: i64,
}

#[derive(QueryableByName)]
struct Rolled {
    #[diesel(sql_type = sql_types::BigInt)]
    count: i64,
}

/// Books. Booking the same a second time is refused by the index `ledger_transactions_once`.
pub(super) async fn book(
    mut conn: &AsyncPgConnection,
    payment_id: PaymentId,
    order_id: OrderId,
    booking: Booking,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let entries = entries(booking);
    let accounts: Vec<&str> = entries.iter().map(|entry| entry.account.name()).collect();
    let amounts: Vec<i64> = entries
        .iter()
        .map(|entry| entry.amount.minor_units())
        .collect();
    let currencies: Vec<&str> = entries
        .iter()
        .map(|entry| entry.amount.currency().code())
        .collect();
    sql_query(
        "WITH booked AS (
             INSERT INTO ledger_transactions (id, payment_id, order_id, kind, refund_id, booked_at)
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
         )
         INSERT INTO ledger_entries (transaction_id, line, account, amount_minor, currency)
         SELECT booked.id, entry.nth - 1, entry.account, entry.amount, entry.currency
         FROM booked, unnest($7, $8, $9) WITH ORDINALITY AS entry (account, amount, currency, nth)",
    )
    .bind::<sql_types::Uuid, _>(Uuid::now_v7())
    .bind::<sql_types::Uuid, _>(payment_id.as_uuid())
    .bind::<sql_types::Uuid, _>(order_id.as_uuid())
    .bind::<sql_types::Text, _>(booking.kind.name())
    .bind::<sql_types::Nullable<sql_types::Uuid>, _>(
        booking.kind.refund_id().map(RefundId::as_uuid),
    )
    .bind::<sql_types::Timestamptz, _>(now)
    .bind::<sql_types::Array<sql_types::Text>, _>(accounts)
    .bind::<sql_types::Array<sql_types::BigInt>, _>(amounts)
    .bind::<sql_types::Array<sql_types::Text>, _>(currencies)
    .execute(&mut conn)
    .await?;
    Ok(())
}

pub(super) async fn of_order(
    conn: &mut AsyncPgConnection,
    order_id: OrderId,
    limit: i64,
) -> Result<Vec<BookedEntry>, Error> {
    let rows: Vec<(Uuid, String, String, i64, String, DateTime<Utc>)> = ledger_entries::table
        .inner_join(ledger_transactions::table)
        .filter(ledger_transactions::order_id.eq(order_id.as_uuid()))
        .order((ledger_transactions::id, ledger_entries::line))
        .limit(limit)
        .select((
            ledger_transactions::id,
            ledger_transactions::kind,
            ledger_entries::account,
            ledger_entries::amount_minor,
            ledger_entries::currency,
            ledger_transactions::booked_at,
        ))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(
            |(transaction_id, kind, account, minor, currency, booked_at)| {
                Ok(BookedEntry {
                    transaction_id,
                    kind,
                    account,
                    amount: columns::money(minor, &currency)?,
                    booked_at,
                })
            },
        )
        .collect()
}

pub(super) async fn balances(conn: &mut AsyncPgConnection) -> Result<Vec<Balance>, Error> {
    // One statement, one snapshot: what the roll-up moves meanwhile is seen on one side.
    let sums: Vec<Sum> = sql_query(
        "SELECT account, currency, sum(amount_minor)::bigint AS minor
         FROM (SELECT account, currency, amount_minor FROM ledger_balances
               UNION ALL
               SELECT account, currency, amount_minor FROM ledger_deltas) AS part
         GROUP BY account, currency ORDER BY account, currency",
    )
    .get_results(conn)
    .await?;
    sums.into_iter()
        .map(|sum| {
            Ok(Balance {
                amount: columns::money(sum.minor, &sum.currency)?,
                account: sum.account,
            })
        })
        .collect()
}

/// Adds some of what was booked lately to the balances; says how many deltas that were. Only the
/// roll-up writes balances, so no payment ever waits for one.
pub(super) async fn roll_up(conn: &mut AsyncPgConnection) -> Result<i64, Error> {
    let rolled: Rolled = sql_query(
        "WITH taken AS (
             DELETE FROM ledger_deltas WHERE id = ANY (ARRAY(
                 SELECT id FROM ledger_deltas ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED))
             RETURNING account, currency, amount_minor
         ), added AS (
             INSERT INTO ledger_balances AS known (account, currency, amount_minor)
             SELECT account, currency, sum(amount_minor) FROM taken
             GROUP BY account, currency ORDER BY account, currency
             ON CONFLICT (account, currency) DO UPDATE
             SET amount_minor = known.amount_minor + excluded.amount_minor
         )
         SELECT count(*) AS count FROM taken",
    )
    .get_result(conn)
    .await?;
    Ok(rolled.count)
}
