use chrono::{DateTime, Utc};
use contracts::payment::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Money, NextAction, account::id, each, money::amount, some_text, time};
use crate::{edge::problem::Problem, upstreams::promised};

/// Where a payment is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentStatus {
    /// The provider is being asked.
    Authorizing,
    /// The amount is held on the customer's card.
    Authorized,
    /// The provider said no.
    Declined,
    /// The hold was, or will be, let go without taking money.
    Voided,
    /// The amount was taken.
    Captured,
    /// The customer's bank wants to hear from the customer (3-D Secure): see `next_action`.
    ActionRequired,
    /// The provider let the hold go because nobody took the amount in time.
    Expired,
}

/// What was asked of the payment provider for an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Payment {
    /// The payment's id.
    pub(crate) id: Uuid,
    /// The order it pays.
    pub(crate) order_id: Uuid,
    /// Where it is in its life.
    pub(crate) status: PaymentStatus,
    /// What was asked for.
    pub(crate) amount: Money,
    /// Given back so far.
    pub(crate) refunded: Money,
    /// Why it was declined, in the provider's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "card_declined")]
    pub(crate) decline_code: Option<String>,
    /// The provider's own id, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pi_3MtwBwLkdIwHu7ix28a3tqPa")]
    pub(crate) provider_reference: Option<String>,
    /// When it was asked for.
    pub(crate) created_at: DateTime<Utc>,
    /// What the customer must do before anything is held; absent unless `action_required`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_action: Option<NextAction>,
}

/// One side of a double entry; the entries of a transaction sum to zero.
#[derive(Serialize, ToSchema)]
pub(crate) struct LedgerEntry {
    /// The transaction that it belongs to.
    pub(crate) transaction_id: Uuid,
    /// `authorize`, `void`, `expire`, `capture`, `refund` or `refund_reversal`.
    #[schema(example = "capture")]
    pub(crate) kind: String,
    /// Name of the account.
    pub(crate) account: String,
    /// Positive is debit, negative is credit.
    pub(crate) amount: Money,
    /// When it was booked.
    pub(crate) booked_at: DateTime<Utc>,
}

/// The ledger's entries of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ledger {
    /// Oldest first, at most 200.
    pub(crate) entries: Vec<LedgerEntry>,
}

/// The sum of an account's entries in one currency.
#[derive(Serialize, ToSchema)]
pub(crate) struct Balance {
    /// Name of the account.
    pub(crate) account: String,
    /// Positive is debit, negative is credit.
    pub(crate) amount: Money,
}

/// The balance of every account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Balances {
    /// By account and currency.
    pub(crate) balances: Vec<Balance>,
}

impl TryFrom<v1::Payment> for Payment {
    type Error = Problem;

    fn try_from(payment: v1::Payment) -> Result<Self, Problem> {
        let status = match payment.status() {
            v1::PaymentStatus::Authorizing => Some(PaymentStatus::Authorizing),
            v1::PaymentStatus::Authorized => Some(PaymentStatus::Authorized),
            v1::PaymentStatus::Declined => Some(PaymentStatus::Declined),
            v1::PaymentStatus::Voided => Some(PaymentStatus::Voided),
            v1::PaymentStatus::Captured => Some(PaymentStatus::Captured),
            v1::PaymentStatus::ActionRequired => Some(PaymentStatus::ActionRequired),
            v1::PaymentStatus::Expired => Some(PaymentStatus::Expired),
            v1::PaymentStatus::Unspecified => None,
        };
        Ok(Self {
            id: id(&payment.id, "Payment.id")?,
            order_id: id(&payment.order_id, "Payment.order_id")?,
            status: promised(status, "Payment.status")?,
            amount: amount(payment.amount, "Payment.amount")?,
            refunded: amount(payment.refunded, "Payment.refunded")?,
            decline_code: some_text(payment.decline_code),
            provider_reference: some_text(payment.provider_reference),
            created_at: time(payment.created_at, "Payment.created_at")?,
            next_action: payment.next_action.map(Into::into),
        })
    }
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
            entries: each(reply.entries)?,
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
            balances: each(reply.balances)?,
        })
    }
}
