//! The rules of carts and orders. Pure: decisions return events; no I/O, no async.

mod allocation;
mod cart;
mod checkout;
mod decline_limits;
mod discount;
mod error;
mod event;
mod join;
mod lines;
mod offers;
mod order;
mod order_filter;
mod order_number;
mod payment_rules;
mod pricing;
mod record;
mod refund;
mod refund_request;
mod reply;
mod return_decision;
mod return_request;
mod returns;
mod sold_order;
mod timeline;
mod totals;
mod units;

pub(crate) use cart::{Contents, GUEST_DAYS, Owner, set_item};
pub(crate) use checkout::{Address, Checkout, check_country};
pub(crate) use decline_limits::{CountedBy, DeclineLimits, Declines, LimitReached};
pub(crate) use discount::{Discount, Terms, TermsDraft, check_new_code, normalize_code};
pub(crate) use error::{Error, MAX_NAMED_LINES};
pub(crate) use event::{Change, Event};
pub(crate) use join::{Joined, merge_carts, return_lines};
pub(crate) use lines::{Line, Lines, MAX_LINES};
pub(crate) use offers::{ExcludedLine, LineReason, Offers, Product};
pub(crate) use order::{
    CancelReason, EndReason, NextAction, Order, Status, StepResult, is_in_progress,
};
pub(crate) use order_filter::OrderFilter;
pub(crate) use order_number::OrderNumber;
pub(crate) use payment_rules::PaymentRules;
pub(crate) use pricing::{PricedCart, PricedLine, price_cart};
pub(crate) use record::{
    OrderRecord, OrderSummary, RefundRecord, SagaRecord, SagaState, SoldLine, TimelineRecord,
};
pub(crate) use refund::{Refund, RefundStatus};
pub(crate) use refund_request::RefundRequest;
pub(crate) use reply::{Replied, Reply, Report, Subject};
pub(crate) use return_decision::{Ruling, Verdict};
pub(crate) use return_request::{ReturnRequest, ReturnRules};
pub(crate) use returns::{Decision, Return, ReturnReason, ReturnStatus};
pub(crate) use sold_order::{Earlier, SoldOrder};
pub(crate) use timeline::{Entry, left_out_entry, timeline_entry};
pub(crate) use totals::{Destination, Destinations, Totals};
pub(crate) use units::{UnitShare, Units, total_share, units_by_sku};
