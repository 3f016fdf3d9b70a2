//! The rules of carts and orders. Pure: decisions return events; no I/O, no async.

mod cart;
mod checkout;
mod error;
mod event;
mod order;
mod payment_rules;
mod record;
mod refund;
mod refund_request;
mod reply;
mod returned_lines;
mod timeline;
mod totals;

pub(crate) use cart::{
    GUEST_DAYS, Lines, Owner, PricedCart, PricedLine, Product, Products, merge_carts, price_cart,
    set_item,
};
pub(crate) use checkout::{Address, Checkout, check_country};
pub(crate) use error::Error;
pub(crate) use event::{Change, Event};
pub(crate) use order::{
    CancelReason, EndReason, NextAction, Order, Status, StepResult, is_in_progress,
};
pub(crate) use payment_rules::PaymentRules;
pub(crate) use record::{
    OrderRecord, OrderSummary, RefundRecord, SagaRecord, SagaState, SoldLine, TimelineRecord,
};
pub(crate) use refund::{Refund, RefundStatus};
pub(crate) use refund_request::{EarlierRefund, RefundRequest};
pub(crate) use reply::{Replied, Reply, Report, Subject};
pub(crate) use returned_lines::return_lines;
pub(crate) use timeline::{Entry, left_out_entry, timeline_entry};
pub(crate) use totals::{Destination, Destinations, Discount, Totals, normalize_code};
