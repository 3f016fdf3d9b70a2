use serde::{Deserialize, Serialize};

use crate::saga::RejectReason;

/// Where an order is in its lifecycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// The checkout is running.
    Pending,
    /// The stock is committed and the payment is authorized.
    Confirmed,
    /// The checkout failed; everything was undone.
    Rejected,
    /// Cancelled; everything was undone.
    Cancelled,
    /// The payment is captured and the parcel is with the carrier.
    Shipped,
    /// The parcel has arrived.
    Delivered,
}

impl Status {
    /// Whether no transition leads out of it.
    #[cfg(test)]
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Rejected | Self::Cancelled | Self::Delivered)
    }
}

/// Why an order was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CancelReason {
    ByCustomer,
    ByStaff,
    /// The authorization expired before the capture.
    AuthorizationExpired,
}

impl CancelReason {
    /// The code on the wire and in the order's row.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ByCustomer => "by_customer",
            Self::ByStaff => "by_staff",
            Self::AuthorizationExpired => "payment_expired",
        }
    }
}

/// How an order ends once everything is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum EndReason {
    Rejected(RejectReason),
    Cancelled(CancelReason),
}

impl EndReason {
    /// All values.
    pub(crate) const ALL: [Self; 11] = [
        Self::Rejected(RejectReason::OutOfStock),
        Self::Rejected(RejectReason::StockTimedOut),
        Self::Rejected(RejectReason::PaymentDeclined),
        Self::Rejected(RejectReason::PaymentFailed),
        Self::Rejected(RejectReason::PaymentTimedOut),
        Self::Rejected(RejectReason::PaymentExpired),
        Self::Rejected(RejectReason::ReservationExpired),
        Self::Rejected(RejectReason::Compensated),
        Self::Cancelled(CancelReason::ByCustomer),
        Self::Cancelled(CancelReason::ByStaff),
        Self::Cancelled(CancelReason::AuthorizationExpired),
    ];

    /// The code on the wire and in the order's row. A rejection and a cancellation can have the same one.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rejected(reason) => reason.as_str(),
            Self::Cancelled(by) => by.as_str(),
        }
    }

    /// The code in the saga's row, unique among all values.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Cancelled(CancelReason::AuthorizationExpired) => "authorization_expired",
            other => other.as_str(),
        }
    }
}
