//! The rules of carts and orders. Pure: decisions return events, nothing here waits or stores.

pub(crate) mod address;
pub(crate) mod cart;
pub(crate) mod checkout;
pub(crate) mod destination;
pub(crate) mod discount;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod order;
pub(crate) mod record;
pub(crate) mod refund;
pub(crate) mod timeline;
pub(crate) mod totals;

pub(crate) use error::Error;
