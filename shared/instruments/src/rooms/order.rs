//! Orders, and the checkout's saga. Counted after the commit; the database has the exact numbers.

use super::{LONG, ORDER, room};
use crate::{Label, OTHER};

const REJECTED: Label = Label::one_of(
    "reason",
    &[
        "out_of_stock",
        "stock_timed_out",
        "payment_declined",
        "payment_timed_out",
        "payment_expired",
        "reservation_expired",
        "compensated",
    ],
);
const CANCELLED: Label = Label::one_of("reason", &["by_customer", "by_staff", "payment_expired"]);
const REFUND: Label = Label::one_of("outcome", &["succeeded", "failed"]);
const VALUED: Label = Label::one_of("event", &["placed", "confirmed", "shipped"]);
const CURRENCY: Label = Label::up_to("currency", 24);
const STEP: Label = Label::one_of(
    "step",
    &[
        "reserve",
        "authorize",
        "commit",
        "capture",
        "void",
        "release",
        "refund",
    ],
);
const STATE: Label = Label::one_of("state", &["in_flight", "stuck", "compensating"]);
const WAITED_FOR_WHOM: Label = Label::one_of("waited_for", &["nobody", "customer"]);
const ENDED: Label = Label::one_of("outcome", &["confirmed", "rejected", OTHER]);

room! {
    /// Orders taken
    ORDERS_PLACED: Counter<0> = new("orders_placed_total", [], ORDER);
    /// Orders whose stock is committed and whose amount is held
    ORDERS_CONFIRMED: Counter<0> = new("orders_confirmed_total", [], ORDER);
    /// Orders whose checkout failed and was undone, by reason
    ORDERS_REJECTED: Counter<1> = new("orders_rejected_total", [REJECTED], ORDER);
    /// Orders called off and undone, by whom or what
    ORDERS_CANCELLED: Counter<1> = new("orders_cancelled_total", [CANCELLED], ORDER);
    /// Orders paid and on their way
    ORDERS_SHIPPED: Counter<0> = new("orders_shipped_total", [], ORDER);
    /// Orders that arrived
    ORDERS_DELIVERED: Counter<0> = new("orders_delivered_total", [], ORDER);
    /// Refunds that were answered; one that succeeded can fail later, and counts as both then
    ORDER_REFUNDS: Counter<1> = new("order_refunds_total", [REFUND], ORDER);
    /// What orders were worth when this happened to them, in minor units of the currency
    ORDER_VALUE_MINOR_UNITS: Counter<2> =
        new("order_value_minor_units_total", [VALUED, CURRENCY], ORDER);
    /// Time from placed to the end of the checkout, and whether the customer had to act in it (3-D Secure)
    SAGA: Histogram<2> = new("saga_seconds", [ENDED, WAITED_FOR_WHOM], ORDER, LONG);
    /// Checkouts and refunds that wait for somebody, by step and state; each replica sees the whole, so take the max
    SAGAS_IN_FLIGHT: Gauge<2> = new("sagas_in_flight", [STEP, STATE], ORDER);
    /// How long the one that waits longest has waited, 0 if none does; take the max
    SAGAS_OLDEST_AGE: Gauge<0> = new("sagas_oldest_age_seconds", [], ORDER);
    /// Steps that were given up, by themselves or by hand
    SAGA_STEPS_GIVEN_UP: Counter<0> = new("saga_steps_given_up_total", [], ORDER);
    /// Steps that were asked of their participant again
    SAGA_STEPS_ASKED_AGAIN: Counter<0> = new("saga_steps_asked_again_total", [], ORDER);
}
