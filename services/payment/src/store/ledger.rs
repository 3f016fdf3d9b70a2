//! The tables of the ledger. The database rejects transactions that do not balance, and any update or deletion
//! of a booking.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{OrderId, PaymentId, RefundId};
use persistence::{Error, prepared};
use serde::Serialize;
use uuid::Uuid;

use super::{Store, columns};
use crate::domain::{Balance, BookedEntry, Booking, entries};
use crate::schema::{ledger_entries, ledger_transactions};

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

/// A ledger transaction with its entries, as rows.
pub(super) struct Booked {
    transaction: Transaction,
    entries: Vec<Line>,
}

#[derive(Serialize)]
struct Transaction {
    id: Uuid,
    payment_id: Uuid,
    order_id: Uuid,
    kind: &'static str,
    refund_id: Option<Uuid>,
}

#[derive(Serialize)]
struct Line {
    transaction_id: Uuid,
    line: usize,
    account: &'static str,
    amount_minor: i64,
    currency: String,
}

impl Booked {
    pub(super) fn new(payment_id: PaymentId, order_id: OrderId, booking: Booking) -> Self {
        let id = Uuid::now_v7();
        let entries = entries(booking).into_iter().enumerate();
        Self {
            transaction: Transaction {
                id,
                payment_id: payment_id.as_uuid(),
                order_id: order_id.as_uuid(),
                kind: booking.kind.name(),
                refund_id: booking.kind.refund_id().map(RefundId::as_uuid),
            },
            entries: entries
                .map(|(line, entry)| Line {
                    transaction_id: id,
                    line,
                    account: entry.account.name(),
                    amount_minor: entry.amount.minor_units(),
                    currency: entry.amount.currency().to_string(),
                })
                .collect(),
        }
    }
}

/// Inserts bookings. The index `ledger_transactions_once` rejects a second one of the same kind.
pub(super) async fn book(
    mut conn: &AsyncPgConnection,
    bookings: &[Booked],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if bookings.is_empty() {
        return Ok(());
    }
    let transactions = bookings.iter().map(|booked| &booked.transaction);
    let entries = bookings.iter().flat_map(|booked| &booked.entries);
    prepared(
        "WITH booked AS (
             INSERT INTO ledger_transactions (id, payment_id, order_id, kind, refund_id, booked_at)
             SELECT id, payment_id, order_id, kind, refund_id, $3
             FROM jsonb_populate_recordset(NULL::ledger_transactions, $1)
         )
         INSERT INTO ledger_entries (transaction_id, line, account, amount_minor, currency)
         SELECT transaction_id, line, account, amount_minor, currency
         FROM jsonb_populate_recordset(NULL::ledger_entries, $2)",
    )
    .bind::<sql_types::Jsonb, _>(columns::recordset(transactions)?)
    .bind::<sql_types::Jsonb, _>(columns::recordset(entries)?)
    .bind::<sql_types::Timestamptz, _>(now)
    .execute(&mut conn)
    .await?;
    Ok(())
}

impl Store {
    /// The entries of an order, oldest first, at most `limit`.
    pub(crate) async fn entries_of(
        &self,
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
            .load(&mut self.database.get().await?)
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

    /// Every account's balance per currency.
    pub(crate) async fn balances(&self) -> Result<Vec<Balance>, Error> {
        // One statement has one snapshot, so a concurrent roll-up is seen completely or not at all.
        let sums: Vec<Sum> = prepared(
            "SELECT account, currency, sum(amount_minor)::bigint AS minor
         FROM (SELECT account, currency, amount_minor FROM ledger_balances
               UNION ALL
               SELECT account, currency, amount_minor FROM ledger_deltas) AS part
         GROUP BY account, currency ORDER BY account, currency",
        )
        .get_results(&mut self.database.get().await?)
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

    /// Moves some deltas into the balances; returns how many. Only the roll-up writes balances, so no payment
    /// waits for the lock of one.
    pub(crate) async fn roll_up(&self) -> Result<i64, Error> {
        let rolled: Rolled = prepared(
            "WITH taken AS (
             DELETE FROM ledger_deltas WHERE id = ANY (ARRAY(
                 SELECT id FROM ledger_deltas ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED))
             RETURNING account, currency, amount_minor
         ), added AS (
             INSERT INTO ledger_balances AS balance (account, currency, amount_minor)
             SELECT account, currency, sum(amount_minor) FROM taken
             GROUP BY account, currency ORDER BY account, currency
             ON CONFLICT (account, currency) DO UPDATE
             SET amount_minor = balance.amount_minor + excluded.amount_minor
         )
         SELECT count(*) AS count FROM taken",
        )
        .get_result(&mut self.database.get().await?)
        .await?;
        Ok(rolled.count)
    }
}
