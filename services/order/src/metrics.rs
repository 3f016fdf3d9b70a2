//! Orders, and the checkout's saga. Counted after the commit; the database has the exact numbers.

use instruments::buckets;

use crate::domain::CancelReason;
use crate::saga::{RejectReason, Step};

instruments::labels! {
    pub(crate) struct Rejected as "reason" of RejectReason {
        RejectReason::OutOfStock => "out_of_stock",
        RejectReason::StockTimedOut => "stock_timed_out",
        RejectReason::PaymentDeclined => "payment_declined",
        RejectReason::PaymentTimedOut => "payment_timed_out",
        RejectReason::PaymentExpired => "payment_expired",
        RejectReason::ReservationExpired => "reservation_expired",
        RejectReason::Compensated => "compensated",
    }
    pub(crate) struct Cancelled as "reason" of CancelReason {
        CancelReason::ByCustomer => "by_customer",
        CancelReason::ByStaff => "by_staff",
        CancelReason::AuthorizationExpired => "payment_expired",
    }
    pub(crate) enum Refund as "outcome" { Succeeded = "succeeded", Failed = "failed" }
    pub(crate) enum Valued as "event" {
        Placed = "placed",
        Confirmed = "confirmed",
        Shipped = "shipped",
    }
    pub(crate) struct Currency as "currency" up to 24;
    /// None: a refund.
    pub(crate) struct Awaited as "step" of Option<Step> {
        Some(Step::Reserve) => "reserve",
        Some(Step::Authorize) => "authorize",
        Some(Step::Commit) => "commit",
        Some(Step::Capture) => "capture",
        Some(Step::Void) => "void",
        Some(Step::Release) => "release",
        None => "refund",
    }
    pub(crate) enum State as "state" {
        InFlight = "in_flight",
        Stuck = "stuck",
        Compensating = "compensating",
    }
    /// Whether the customer had to act.
    pub(crate) struct WaitedFor as "waited_for" of bool { false => "nobody", true => "customer" }
    pub(crate) enum Ended as "outcome" { Confirmed = "confirmed", Rejected = "rejected" }
}

instruments::metrics! {
    /// What `order` exports.
    pub static METRICS includes [&service::METRICS, &upstream::METRICS];

    /// Orders taken
    ORDERS_PLACED: Counter = "orders_placed_total";
    /// Orders whose stock is committed and whose amount is held
    ORDERS_CONFIRMED: Counter = "orders_confirmed_total";
    /// Orders whose checkout failed and was undone, by reason
    ORDERS_REJECTED: Counter<Rejected> = "orders_rejected_total";
    /// Orders called off and undone, by whom or what
    ORDERS_CANCELLED: Counter<Cancelled> = "orders_cancelled_total";
    /// Orders paid and on their way
    ORDERS_SHIPPED: Counter = "orders_shipped_total";
    /// Orders that arrived
    ORDERS_DELIVERED: Counter = "orders_delivered_total";
    /// Refunds that were answered; one that succeeded can fail later, and counts as both then
    ORDER_REFUNDS: Counter<Refund> = "order_refunds_total";
    /// What orders were worth when this happened to them, in minor units of the currency
    ORDER_VALUE_MINOR_UNITS: Counter<(Valued, Currency)> = "order_value_minor_units_total";
    /// Time from placed to the end of the checkout, and whether the customer had to act in it (3-D Secure)
    SAGA: Histogram<(Ended, WaitedFor)> = "saga_seconds", buckets::LONG;
    /// Checkouts and refunds that wait for somebody, by step and state; each replica sees the whole, so take the max
    SAGAS_IN_FLIGHT: Gauge<(Awaited, State)> = "sagas_in_flight";
    /// How long the one that waits longest has waited, 0 if none does; take the max
    SAGAS_OLDEST_AGE: Gauge = "sagas_oldest_age_seconds";
    /// Steps that were given up, by themselves or by hand
    SAGA_STEPS_GIVEN_UP: Counter = "saga_steps_given_up_total";
    /// Steps that were asked of their participant again
    SAGA_STEPS_ASKED_AGAIN: Counter = "saga_steps_asked_again_total";
}
