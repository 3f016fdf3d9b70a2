use chrono::{DateTime, Utc};
use contracts::payment::v1;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    convert::{convert_all, id, time},
    money::{Money, amount},
};
use crate::edge::problem::Problem;

/// One side of a double entry; the entries of a transaction sum to zero.
#[derive(Serialize, ToSchema)]
pub(crate) struct LedgerEntry {
    /// The ledger transaction of the entry.
    pub(crate) transaction_id: Uuid,
    /// `authorize`, `void`, `expire`, `capture`, `refund` or `refund_reversal`.
    #[schema(example = "capture")]
    pub(crate) kind: String,
    /// Name of the account.
    #[schema(example = "sales")]
    pub(crate) account: String,
    /// Positive is debit, negative is credit.
    pub(crate) amount: Money,
    /// Time of booking.
    pub(crate) booked_at: DateTime<Utc>,
}

/// The ledger entries of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ledger {
    /// Oldest first, at most 200.
    #[serde(rename = "items")]
    pub(crate) entries: Vec<LedgerEntry>,
}

/// The sum of an account's entries in one currency.
#[derive(Serialize, ToSchema)]
pub(crate) struct Balance {
    /// Name of the account.
    #[schema(example = "sales")]
    pub(crate) account: String,
    /// Positive is debit, negative is credit.
    pub(crate) amount: Money,
}

/// The balance of every account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Balances {
    /// Sorted by account and currency.
    #[serde(rename = "items")]
    pub(crate) balances: Vec<Balance>,
}

impl TryFrom<v1::LedgerEntry> for LedgerEntry {
    type Error = Problem;

    fn try_from(entry: v1::LedgerEntry) -> Result<Self, Problem> {
        Ok(Self {
            transaction_id: id(&entry.transaction_id, "LedgerEntry.transaction_id")?,
            kind: entry.kind,
            account: entry.account,
            amount: amount(entry.amount, "LedgerEntry.amount")?,
            booked_at: time(entry.booked_at, "LedgerEntry.booked_at")?,
        })
    }
}

impl TryFrom<v1::ListLedgerEntriesResponse> for Ledger {
    type Error = Problem;

    fn try_from(reply: v1::ListLedgerEntriesResponse) -> Result<Self, Problem> {
        Ok(Self {
            entries: convert_all(reply.entries)?,
        })
    }
}

impl TryFrom<v1::Balance> for Balance {
    type Error = Problem;

    fn try_from(balance: v1::Balance) -> Result<Self, Problem> {
        Ok(Self {
            account: balance.account,
            amount: amount(balance.amount, "Balance.amount")?,
        })
    }
}

impl TryFrom<v1::ListBalancesResponse> for Balances {
    type Error = Problem;

    fn try_from(reply: v1::ListBalancesResponse) -> Result<Self, Problem> {
        Ok(Self {
            balances: convert_all(reply.balances)?,
        })
    }
}
