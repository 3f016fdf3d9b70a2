//! The JSON types of the public API, and their conversion from and to the protos of the services.
//!
//! Requests with unknown fields are rejected. Limits are checked by the service that owns the data, so
//! each rule has one place.

mod account;
mod action;
mod address;
mod cart;
mod category;
mod consumer_faults;
mod convert;
mod credentials;
mod customer;
mod dead_letter;
mod discount;
mod ledger;
mod money;
mod next_action;
mod open_session;
mod order;
mod order_page;
mod page;
mod payment;
mod postal_address;
mod product;
mod reconciliation;
mod refund;
mod returns;
mod saga;
mod search;
mod second_factor;
mod service;
mod service_description;
mod staff_member;
mod stock;
mod time;
mod timeline;

pub(crate) use account::*;
pub(crate) use action::*;
pub(crate) use address::*;
pub(crate) use cart::*;
pub(crate) use category::*;
pub(crate) use consumer_faults::ConsumerFaults;
pub(crate) use convert::{optional_id, required};
pub(crate) use credentials::*;
pub(crate) use customer::*;
pub(crate) use dead_letter::*;
pub(crate) use discount::*;
pub(crate) use ledger::*;
pub(crate) use money::Money;
#[cfg(test)]
pub(crate) use next_action::NextAction;
pub(crate) use open_session::*;
pub(crate) use order::*;
pub(crate) use order_page::*;
pub(crate) use page::*;
pub(crate) use payment::*;
pub(crate) use postal_address::PostalAddress;
pub(crate) use product::*;
pub(crate) use reconciliation::*;
pub(crate) use refund::*;
pub(crate) use returns::*;
pub(crate) use saga::*;
pub(crate) use search::*;
pub(crate) use second_factor::*;
pub(crate) use service::*;
pub(crate) use service_description::*;
pub(crate) use staff_member::*;
pub(crate) use stock::*;
pub(crate) use time::{EXPECTED as TIME, Time};
pub(crate) use timeline::*;
