//! Both sides of a comparison, and what can differ.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Money, OrderId, PaymentId};

use crate::domain::Status;

/// While 3-D Secure is required, its outcome is looked up now and then: so long the two sides may differ.
const CHALLENGE: TimeDelta = TimeDelta::hours(1);

/// What the provider says. Amounts are minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intent {
    /// The provider's own id: `pi_..`
    pub(crate) reference: String,
    /// Which payment of ours it says it is for.
    pub(crate) payment_id: Option<PaymentId>,
    /// The provider's status: `requires_capture`.
    pub(crate) status: String,
    pub(crate) amount: i64,
    /// ISO 4217, in capitals.
    pub(crate) currency: String,
    /// Taken.
    pub(crate) received: i64,
    /// Given back, or on its way.
    pub(crate) refunded: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) canceled_at: Option<DateTime<Utc>>,
}

impl Intent {
    pub(super) fn described(&self) -> String {
        format!("{}, {} {}", self.status, self.amount, self.currency)
    }
}

/// What we say of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ours {
    pub(crate) id: PaymentId,
    pub(crate) order_id: OrderId,
    pub(crate) status: Status,
    /// None: a void came before its authorize.
    pub(crate) amount: Option<Money>,
    /// Minor units that went back.
    pub(crate) refunded: i64,
    pub(crate) reference: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// A call to the provider is under way, so the two sides may differ.
    pub(crate) in_flight: bool,
    /// The sums of its ledger by account and currency; those of zero are left out.
    pub(crate) ledger: BTreeMap<(String, String), i64>,
}

impl Ours {
    /// Whether it can be compared: at rest, and since before `limit`.
    pub(crate) fn is_settled(&self, limit: DateTime<Utc>) -> bool {
        let is_waiting =
            self.status == Status::ActionRequired && self.created_at >= limit - CHALLENGE;
        !self.in_flight && !is_waiting && self.updated_at < limit
    }

    /// Whether the intent names the payment, or is named by it.
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

/// What two sides can disagree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DifferenceKind {
    /// We have money there that the provider knows nothing of.
    MissingAtProvider,
    /// The provider has an intent that no payment of ours stands on.
    UnknownToUs,
    /// Where it is in its life.
    Status,
    /// What was asked for.
    Amount,
    /// What was taken.
    Captured,
    /// What was given back.
    Refunded,
    /// Our own ledger does not say what the payment says.
    Ledger,
}

impl DifferenceKind {
    /// All of them, in the order of reports.
    pub(crate) const ALL: [Self; 7] = [
        Self::MissingAtProvider,
        Self::UnknownToUs,
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
            Self::Status => "status",
            Self::Amount => "amount",
            Self::Captured => "captured",
            Self::Refunded => "refunded",
            Self::Ledger => "ledger",
        }
    }
}

/// Something that we and the provider do not agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) kind: DifferenceKind,
    /// None for an intent of no payment of ours.
    pub(crate) order_id: Option<OrderId>,
    pub(crate) payment_id: Option<PaymentId>,
    /// The provider's own id.
    pub(crate) reference: Option<String>,
    /// What we say: a status, or an amount in minor units with its currency.
    pub(crate) ours: String,
    /// What the provider says; of the ledger, what the payment's state asks for.
    pub(crate) theirs: String,
    /// When the payment, or else the intent, was made.
    pub(crate) since: DateTime<Utc>,
}
