//! The tables `ledger_transactions` and `ledger_entries`. The database refuses what does not
//! balance, and every change of what was booked.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Money, OrderId, PaymentId};
use persistence::Error;
use uuid::Uuid;

use super::rows;
use crate::domain::{Ask, entries};
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

/// Books a task. Booking it a second time is refused by the index `ledger_transactions_once`.
pub(super) async fn book(
    conn: &mut AsyncPgConnection,
    payment_id: PaymentId,
    order_id: OrderId,
    booking: Ask,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let transaction_id = Uuid::now_v7();
    diesel::insert_into(ledger_transactions::table)
        .values((
            ledger_transactions::id.eq(transaction_id),
            ledger_transactions::payment_id.eq(payment_id.as_uuid()),
            ledger_transactions::order_id.eq(order_id.as_uuid()),
            ledger_transactions::kind.eq(booking.task.name()),
            ledger_transactions::refund_id.eq(rows::refund_of(booking.task)),
            ledger_transactions::booked_at.eq(now),
        ))
        .execute(conn)
        .await?;
    let lines: Vec<_> = (0_i16..)
        .zip(entries(booking.task, booking.amount))
        .map(|(line, entry)| {
            (
                ledger_entries::transaction_id.eq(transaction_id),
                ledger_entries::line.eq(line),
                ledger_entries::account.eq(entry.account.name()),
                ledger_entries::amount_minor.eq(entry.amount.minor_units()),
                ledger_entries::currency.eq(entry.amount.currency().code()),
            )
        })
        .collect();
    diesel::insert_into(ledger_entries::table)
        .values(lines)
        .execute(conn)
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
                    amount: rows::money(minor, &currency)?,
                    booked_at,
                })
            },
        )
        .collect()
}

pub(super) async fn balances(conn: &mut AsyncPgConnection) -> Result<Vec<Balance>, Error> {
    let sums: Vec<Sum> = sql_query(
        "SELECT account, currency, sum(amount_minor)::bigint AS minor
         FROM ledger_entries GROUP BY account, currency ORDER BY account, currency",
    )
    .get_results(conn)
    .await?;
    sums.into_iter()
        .map(|sum| {
            Ok(Balance {
                amount: rows::money(sum.minor, &sum.currency)?,
                account: sum.account,
            })
        })
        .collect()
}
