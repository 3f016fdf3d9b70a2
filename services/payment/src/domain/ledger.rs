//! The bookings of a payment, and the accounts that each of them debits and credits.

use chrono::{DateTime, Utc};
use kernel::{Money, RefundId};
use uuid::Uuid;

/// The chart of accounts; the table `accounts` describes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    AuthorizedFunds,
    AuthorizationObligations,
    ProviderReceivable,
    Sales,
    Refunds,
}

impl Account {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AuthorizedFunds => "authorized_funds",
            Self::AuthorizationObligations => "authorization_obligations",
            Self::ProviderReceivable => "provider_receivable",
            Self::Sales => "sales",
            Self::Refunds => "refunds",
        }
    }
}

/// The kind of a booking. Each is booked at most once per payment or refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Authorize,
    Capture,
    Void,
    /// The authorization expired.
    Expire,
    Refund(RefundId),
    /// The bank returned the refund.
    RefundReversal(RefundId),
}

impl Kind {
    /// Its name in the database and on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Expire => "expire",
            Self::Refund(_) => "refund",
            Self::RefundReversal(_) => "refund_reversal",
        }
    }

    /// The refund that it is about.
    pub(crate) fn refund_id(self) -> Option<RefundId> {
        match self {
            Self::Refund(id) | Self::RefundReversal(id) => Some(id),
            _ => None,
        }
    }
}

/// A ledger transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Booking {
    pub(crate) kind: Kind,
    pub(crate) amount: Money,
}

/// One side of a double entry: positive is debit, negative is credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) account: Account,
    pub(crate) amount: Money,
}

/// An entry with its transaction.
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

/// The entries of a ledger transaction; they sum to zero.
pub(crate) fn entries(booking: Booking) -> Vec<Entry> {
    use Account::{AuthorizationObligations, AuthorizedFunds, ProviderReceivable, Refunds, Sales};
    let amount = booking.amount;
    match booking.kind {
        Kind::Authorize => pair(AuthorizedFunds, AuthorizationObligations, amount).into(),
        Kind::Void | Kind::Expire => pair(AuthorizationObligations, AuthorizedFunds, amount).into(),
        Kind::Capture => [
            pair(AuthorizationObligations, AuthorizedFunds, amount),
            pair(ProviderReceivable, Sales, amount),
        ]
        .concat(),
        Kind::Refund(_) => pair(Refunds, ProviderReceivable, amount).into(),
        Kind::RefundReversal(_) => pair(ProviderReceivable, Refunds, amount).into(),
    }
}

fn pair(debit: Account, credit: Account, amount: Money) -> [Entry; 2] {
    let negative = Money::new(-amount.minor_units(), amount.currency());
    [
        Entry {
            account: debit,
            amount,
        },
        Entry {
            account: credit,
            amount: negative,
        },
    ]
}
