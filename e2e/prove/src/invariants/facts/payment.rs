use std::collections::BTreeMap;

use anyhow::Result;
use tokio_postgres::Client;

#[derive(Debug)]
pub(crate) struct PaymentFacts {
    pub(crate) payments: BTreeMap<String, Payment>,
    pub(crate) refunds: BTreeMap<String, Refund>,
    pub(crate) operations: Vec<Operation>,
    /// By the id of the ledger transaction.
    pub(crate) bookings: BTreeMap<String, Booking>,
    /// The stored balance of each account, in minor units.
    pub(crate) balances: BTreeMap<String, i64>,
}

#[derive(Debug)]
pub(crate) struct Payment {
    pub(crate) order: String,
    /// 0 for a tombstone, which has no terms.
    pub(crate) amount: i64,
    pub(crate) status: String,
    pub(crate) refunded: i64,
    /// The intent at the provider; empty if payment has not stored it.
    pub(crate) intent: String,
}

#[derive(Debug)]
pub(crate) struct Refund {
    pub(crate) payment: String,
    pub(crate) amount: i64,
    pub(crate) status: String,
    /// The refund at the provider; empty if payment has not stored it.
    pub(crate) reference: String,
}

/// A call to the provider, finished or not.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) payment: String,
    pub(crate) kind: String,
    pub(crate) is_open: bool,
    pub(crate) attempts: i64,
    pub(crate) last_error: String,
}

/// A ledger transaction.
#[derive(Debug)]
pub(crate) struct Booking {
    pub(crate) payment: String,
    pub(crate) order: String,
    pub(crate) kind: String,
    pub(crate) refund: String,
    /// Account and minor units.
    pub(crate) entries: Vec<(String, i64)>,
}

impl PaymentFacts {
    pub(super) async fn read(client: &Client) -> Result<Self> {
        let mut facts = Self {
            payments: BTreeMap::new(),
            refunds: BTreeMap::new(),
            operations: Vec::new(),
            bookings: BTreeMap::new(),
            balances: BTreeMap::new(),
        };
        let sql =
            "SELECT id::text, order_id::text, coalesce(amount_minor, 0), status, refunded_minor,
                          coalesce(provider_reference, '') FROM payments";
        for row in client.query(sql, &[]).await? {
            let payment = Payment {
                order: row.try_get(1)?,
                amount: row.try_get(2)?,
                status: row.try_get(3)?,
                refunded: row.try_get(4)?,
                intent: row.try_get(5)?,
            };
            facts.payments.insert(row.try_get(0)?, payment);
        }
        let sql = "SELECT id::text, payment_id::text, amount_minor, status,
                          coalesce(provider_reference, '') FROM refunds";
        for row in client.query(sql, &[]).await? {
            let refund = Refund {
                payment: row.try_get(1)?,
                amount: row.try_get(2)?,
                status: row.try_get(3)?,
                reference: row.try_get(4)?,
            };
            facts.refunds.insert(row.try_get(0)?, refund);
        }
        let sql = "SELECT id::text, payment_id::text, kind, finished_at IS NULL, attempts::bigint,
                          coalesce(last_error, '') FROM operations";
        for row in client.query(sql, &[]).await? {
            facts.operations.push(Operation {
                id: row.try_get(0)?,
                payment: row.try_get(1)?,
                kind: row.try_get(2)?,
                is_open: row.try_get(3)?,
                attempts: row.try_get(4)?,
                last_error: row.try_get(5)?,
            });
        }
        let sql = "SELECT id::text, payment_id::text, order_id::text, kind,
                          coalesce(refund_id::text, '') FROM ledger_transactions";
        for row in client.query(sql, &[]).await? {
            let booking = Booking {
                payment: row.try_get(1)?,
                order: row.try_get(2)?,
                kind: row.try_get(3)?,
                refund: row.try_get(4)?,
                entries: Vec::new(),
            };
            facts.bookings.insert(row.try_get(0)?, booking);
        }
        let sql = "SELECT transaction_id::text, account, amount_minor FROM ledger_entries";
        for row in client.query(sql, &[]).await? {
            let id: String = row.try_get(0)?;
            if let Some(booking) = facts.bookings.get_mut(&id) {
                booking.entries.push((row.try_get(1)?, row.try_get(2)?));
            }
        }
        let sql = "SELECT account, sum(amount_minor)::bigint FROM (
                       SELECT account, amount_minor FROM ledger_balances
                       UNION ALL SELECT account, amount_minor FROM ledger_deltas
                   ) sums GROUP BY account";
        for row in client.query(sql, &[]).await? {
            facts.balances.insert(row.try_get(0)?, row.try_get(1)?);
        }
        Ok(facts)
    }
}
