//! The rules of carts and orders. Pure: decisions return events; no I/O, no async.

mod cart;
mod checkout;
mod error;
mod event;
mod join;
mod lines;
mod offers;
mod order;
mod payment_rules;
mod pricing;
mod record;
mod refund;
mod refund_request;
mod reply;
mod timeline;
mod totals;

pub(crate) use cart::{Contents, GUEST_DAYS, Owner, set_item};
pub(crate) use checkout::{Address, Checkout, check_country};
pub(crate) use error::{Error, MAX_NAMED_LINES};
pub(crate) use event::{Change, Event};
pub(crate) use join::{Joined, merge_carts, return_lines};
pub(crate) use lines::{Line, Lines, MAX_LINES};
pub(crate) use offers::{ExcludedLine, LineReason, Offers, Product};
pub(crate) use order::{
    CancelReason, EndReason, NextAction, Order, Status, StepResult, is_in_progress,
};
pub(crate) use payment_rules::PaymentRules;
pub(crate) use pricing::{PricedCart, PricedLine, price_cart};
pub(crate) use record::{
    OrderRecord, OrderSummary, RefundRecord, SagaRecord, SagaState, SoldLine, TimelineRecord,
};
pub(crate) use refund::{Refund, RefundStatus};
pub(crate) use refund_request::{EarlierRefund, RefundRequest};
pub(crate) use reply::{Replied, Reply, Report, Subject};
pub(crate) use timeline::{Entry, left_out_entry, timeline_entry};
pub(crate) use totals::{Destination, Destinations, Discount, Totals, normalize_code};
