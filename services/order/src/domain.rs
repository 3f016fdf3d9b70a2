//! The rules of carts and orders. Pure: decisions return events; no I/O, no async.

mod address;
mod cart;
mod checkout;
mod destination;
mod discount;
mod error;
mod event;
mod order;
mod record;
mod refund;
mod timeline;
mod totals;

pub(crate) use address::{Address, check_country};
pub(crate) use cart::{
    GUEST_DAYS, Lines, Owner, PricedCart, PricedLine, Product, Products, merge_carts, price_cart,
    set_item,
};
pub(crate) use checkout::Checkout;
pub(crate) use destination::{Destination, Destinations};
pub(crate) use discount::{Discount, normalize_code};
pub(crate) use error::Error;
pub(crate) use event::Event;
pub(crate) use order::{
    CancelReason, EndReason, NextAction, Order, Status, StepResult, is_in_progress,
};
pub(crate) use record::{
    OrderRecord, RefundRecord, SagaRecord, SagaState, SoldLine, TimelineRecord,
};
pub(crate) use refund::{RefundRequest, RefundStatus};
pub(crate) use timeline::{Entry, refund_entry, refunds_retried_by_operator, timeline_entry};
pub(crate) use totals::Totals;
