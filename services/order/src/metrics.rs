//! Metrics of orders and of the checkout saga. They are updated after the commit; the database has the exact
//! numbers.

use instruments::buckets;

use crate::domain::{CancelReason, CountedBy};
use crate::saga::{RejectReason, Step};

instruments::labels! {
    pub(crate) struct Rejected as "reason" of RejectReason {
        RejectReason::OutOfStock => "out_of_stock",
        RejectReason::StockTimedOut => "stock_timed_out",
        RejectReason::PaymentDeclined => "payment_declined",
        RejectReason::PaymentFailed => "payment_failed",
        RejectReason::PaymentTimedOut => "payment_timed_out",
        RejectReason::PaymentExpired => "payment_expired",
        RejectReason::ReservationExpired => "reservation_expired",
        RejectReason::Compensated => "compensated",
    }
    pub(crate) struct Limited as "counted_by" of CountedBy {
        CountedBy::Account => "account",
        CountedBy::Card => "card",
        CountedBy::Network => "network",
    }
    pub(crate) struct Cancelled as "reason" of CancelReason {
        CancelReason::ByCustomer => "by_customer",
        CancelReason::ByStaff => "by_staff",
        CancelReason::AuthorizationExpired => "payment_expired",
    }
    pub(crate) enum Refund as "outcome" { Succeeded = "succeeded", Failed = "failed" }
    pub(crate) enum ReturnStep as "event" {
        Requested = "requested",
        Approved = "approved",
        ApprovedAutomatically = "approved_automatically",
        Refused = "refused",
        Withdrawn = "withdrawn",
    }
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

    /// Orders placed
    ORDERS_PLACED: Counter = "orders_placed_total";
    /// Orders confirmed: stock committed and payment authorized
    ORDERS_CONFIRMED: Counter = "orders_confirmed_total";
    /// Orders rejected: the checkout failed and was undone, by reason
    ORDERS_REJECTED: Counter<Rejected> = "orders_rejected_total";
    /// Checkouts refused after too many declined payments, by what was counted
    ORDERS_LIMITED: Counter<Limited> = "orders_limited_total";
    /// Orders cancelled and undone, by reason
    ORDERS_CANCELLED: Counter<Cancelled> = "orders_cancelled_total";
    /// Orders shipped: captured and handed to the carrier
    ORDERS_SHIPPED: Counter = "orders_shipped_total";
    /// Orders delivered
    ORDERS_DELIVERED: Counter = "orders_delivered_total";
    /// Refunds with an outcome; one that succeeds and fails later counts as both
    ORDER_REFUNDS: Counter<Refund> = "order_refunds_total";
    /// Returns that customers asked for, and what became of them
    ORDER_RETURNS: Counter<ReturnStep> = "order_returns_total";
    /// Totals of orders placed, confirmed and shipped, in minor units of the currency
    ORDER_VALUE_MINOR_UNITS: Counter<(Valued, Currency)> = "order_value_minor_units_total";
    /// Time from placed to the end of the checkout, and whether it waited for the customer (3-D Secure)
    SAGA: Histogram<(Ended, WaitedFor)> = "saga_seconds", buckets::LONG;
    /// Steps and refunds whose reply is awaited, by step and state; every replica reports all of them, so take the max
    SAGAS_IN_FLIGHT: Gauge<(Awaited, State)> = "sagas_in_flight";
    /// Age of the oldest of them, 0 if there are none; take the max
    SAGAS_OLDEST_AGE: Gauge = "sagas_oldest_age_seconds";
    /// Steps that were given up, at their deadline or by an operator
    SAGA_STEPS_GIVEN_UP: Counter = "saga_steps_given_up_total";
    /// Commands of steps that were sent again, at their deadline or by an operator
    SAGA_STEPS_RETRIED: Counter = "saga_steps_retried_total";
}
