//! The two sides of a comparison, and the kinds of differences.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Money, OrderId, PaymentId};

use crate::domain::Status;

/// How long the two sides may differ during a challenge: its outcome is known only after a webhook or lookup.
const CHALLENGE: TimeDelta = TimeDelta::hours(1);

/// The provider's side. Amounts are minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intent {
    /// The provider's id: `pi_..`
    pub(crate) reference: String,
    /// The payment that it names in its metadata.
    pub(crate) payment_id: Option<PaymentId>,
    /// The order that it names in its metadata; `None` also for a staged intent.
    pub(crate) order_id: Option<OrderId>,
    /// The provider's status, for example `requires_capture`.
    pub(crate) status: String,
    pub(crate) amount: i64,
    /// ISO 4217, upper case.
    pub(crate) currency: String,
    /// The captured amount.
    pub(crate) received: i64,
    /// The sum of its refunds that succeeded or are in progress.
    pub(crate) refunded: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) canceled_at: Option<DateTime<Utc>>,
}

impl Intent {
    /// Its status and amount.
    pub(crate) fn description(&self) -> String {
        format!("{}, {} {}", self.status, self.amount, self.currency)
    }
}

/// Our side: a payment with its ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ours {
    pub(crate) id: PaymentId,
    pub(crate) order_id: OrderId,
    pub(crate) status: Status,
    /// `None`: the tombstone of a void that arrived before its authorize.
    pub(crate) amount: Option<Money>,
    /// The sum of the refunds that succeeded, in minor units.
    pub(crate) refunded: i64,
    pub(crate) reference: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// An operation or a refund is not finished, so the two sides may differ.
    pub(crate) in_flight: bool,
    /// The sums of its bookings by account and currency, without those that are zero.
    pub(crate) ledger: BTreeMap<(String, String), i64>,
}

impl Ours {
    /// Whether it can be compared: nothing is in flight, and it has not changed since `limit`.
    pub(crate) fn is_settled(&self, limit: DateTime<Utc>) -> bool {
        let is_waiting =
            self.status == Status::ActionRequired && self.created_at >= limit - CHALLENGE;
        !self.in_flight && !is_waiting && self.updated_at < limit
    }

    /// Whether the intent names the payment, or the payment refers to the intent.
    pub(crate) fn is_about(&self, intent: &Intent) -> bool {
        intent.payment_id == Some(self.id) || self.reference.as_ref() == Some(&intent.reference)
    }

    pub(super) fn differs(
        &self,
        kind: DifferenceKind,
        reference: Option<String>,
        ours: String,
        theirs: String,
    ) -> Difference {
        Difference {
            kind,
            order_id: Some(self.order_id),
            payment_id: Some(self.id),
            reference,
            ours,
            theirs,
            since: self.created_at,
        }
    }
}

/// What can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DifferenceKind {
    /// The provider does not have the intent of a payment that needs one.
    MissingAtProvider,
    /// The provider has an intent that no payment refers to.
    UnknownToUs,
    /// The provider has an intent with money for a payment that we do not have.
    MissingAtShop,
    /// The status.
    Status,
    /// The amount or the currency.
    Amount,
    /// The captured amount.
    Captured,
    /// The refunded amount.
    Refunded,
    /// Our ledger does not match our payment.
    Ledger,
}

impl DifferenceKind {
    /// All kinds, in the order of reports.
    pub(crate) const ALL: [Self; 8] = [
        Self::MissingAtProvider,
        Self::UnknownToUs,
        Self::MissingAtShop,
        Self::Status,
        Self::Amount,
        Self::Captured,
        Self::Refunded,
        Self::Ledger,
    ];

    /// Its name in the database, in metrics and on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MissingAtProvider => "missing_at_provider",
            Self::UnknownToUs => "unknown_to_us",
            Self::MissingAtShop => "missing_at_shop",
            Self::Status => "status",
            Self::Amount => "amount",
            Self::Captured => "captured",
            Self::Refunded => "refunded",
            Self::Ledger => "ledger",
        }
    }
}

/// One difference between our side and the provider's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) kind: DifferenceKind,
    /// `None` for an intent that names no order of ours.
    pub(crate) order_id: Option<OrderId>,
    pub(crate) payment_id: Option<PaymentId>,
    /// The provider's id of the intent.
    pub(crate) reference: Option<String>,
    /// Our value: a status, or an amount in minor units with its currency.
    pub(crate) ours: String,
    /// The provider's value; for the ledger, the sums that the payment's status requires.
    pub(crate) theirs: String,
    /// When the payment was created, or else the intent.
    pub(crate) since: DateTime<Utc>,
}
