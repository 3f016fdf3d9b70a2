//! What an order's timeline can say: the values of `kind` of `mercantile.order.v1.TimelineEntry`.

use std::str::FromStr;

/// The kind is not known: a newer version of `order` wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownKind;

macro_rules! kinds {
    ($($(#[$doc:meta])+ $name:ident $text:literal;)+) => {
        /// The kind of an entry of an order's timeline.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum TimelineKind {
            $($(#[$doc])+ $name,)+
        }

        impl TimelineKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// As it is sent and stored.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }

        impl FromStr for TimelineKind {
            type Err = UnknownKind;

            fn from_str(text: &str) -> Result<Self, UnknownKind> {
                match text {
                    $($text => Ok(Self::$name),)+
                    _ => Err(UnknownKind),
                }
            }
        }
    };
}

kinds! {
    /// The customer placed the order.
    Placed "placed";
    /// No reply came, so a step was requested again.
    AskedAgain "asked_again";
    /// The units are held for the order.
    StockReserved "stock_reserved";
    /// There were too few units.
    StockRefused "stock_refused";
    /// The amount is authorized.
    PaymentAuthorized "payment_authorized";
    /// The provider declined.
    PaymentDeclined "payment_declined";
    /// The shop could not request the payment; the card was not declined.
    PaymentFailed "payment_failed";
    /// The bank must authenticate the customer.
    PaymentActionRequired "payment_action_required";
    /// The customer was not authenticated in time.
    PaymentAbandoned "payment_abandoned";
    /// The authorization ended before the capture.
    AuthorizationExpired "authorization_expired";
    /// The units are sold.
    ReservationCommitted "reservation_committed";
    /// The reservation had ended.
    CommitRefused "commit_refused";
    /// No reply came, and no attempt is left.
    TimedOut "timed_out";
    /// An operator requested a step again.
    AskedByOperator "asked_by_operator";
    /// An operator gave the checkout up.
    GivenUpByOperator "given_up_by_operator";
    /// The authorization is voided.
    PaymentVoided "payment_voided";
    /// The units are for sale again.
    StockReleased "stock_released";
    /// A participant refused to undo a step.
    UndoRefused "undo_refused";
    /// Not all units fitted into the cart again.
    CartFull "cart_full";
    /// The customer or staff asked for the cancellation.
    CancelRequested "cancel_requested";
    /// The parcel is with the carrier; the payment is being captured.
    ShipmentRequested "shipment_requested";
    /// The amount is captured.
    PaymentCaptured "payment_captured";
    /// The amount could not be captured.
    CaptureFailed "capture_failed";
    /// The checkout succeeded.
    Confirmed "confirmed";
    /// The checkout failed, and everything is undone.
    Rejected "rejected";
    /// The order was cancelled, and everything is undone.
    Cancelled "cancelled";
    /// The parcel is with the carrier.
    Shipped "shipped";
    /// The parcel has arrived.
    Delivered "delivered";
    /// A refund was requested.
    RefundRequested "refund_requested";
    /// The provider refunded an amount.
    Refunded "refunded";
    /// The provider did not refund an amount.
    RefundFailed "refund_failed";
    /// The customer asked for a return.
    ReturnRequested "return_requested";
    /// The return was approved.
    ReturnApproved "return_approved";
    /// The return was refused.
    ReturnRefused "return_refused";
    /// The customer withdrew the return.
    ReturnWithdrawn "return_withdrawn";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_as_it_is_written() {
        for kind in TimelineKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        assert_eq!("of_the_future".parse::<TimelineKind>(), Err(UnknownKind));
    }
}
