//! The JSON that clients send and read, and how it is made from what services speak.
//!
//! Fields that a client sends are refused when unknown; limits are checked by the service that owns
//! the data, so that there is one place for each rule.

mod account;
mod cart;
mod catalog;
mod money;
mod next_action;
mod operations;
mod order;
mod payment;
mod reconciliation;
mod saga;
mod service;
mod stock;

pub(crate) use account::*;
pub(crate) use cart::*;
pub(crate) use catalog::*;
pub(crate) use money::*;
pub(crate) use next_action::*;
pub(crate) use operations::*;
pub(crate) use order::*;
pub(crate) use payment::*;
pub(crate) use reconciliation::*;
pub(crate) use saga::*;
pub(crate) use service::*;
pub(crate) use stock::*;

use chrono::{DateTime, Utc};

use crate::{edge::problem::Problem, upstreams::promised};

/// Converts a list, or fails with its first bad element.
fn each<P, T: TryFrom<P, Error = Problem>>(list: Vec<P>) -> Result<Vec<T>, Problem> {
    list.into_iter().map(T::try_from).collect()
}

fn time(at: Option<prost_types::Timestamp>, what: &'static str) -> Result<DateTime<Utc>, Problem> {
    promised(maybe_time(at), what)
}

fn maybe_time(at: Option<prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    at.and_then(|at| {
        DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).unwrap_or_default())
    })
}

fn some_text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
