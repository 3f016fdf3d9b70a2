//! The rules of payments, pure: a command, an answer or a look at the provider comes in, a decision
//! comes out.

mod command;
mod error;
mod ledger;
mod lookup;
mod observe;
mod operation;
mod orphan;
mod payment;
mod reconcile;
mod settle;
mod webhook;

pub(crate) use command::{authorize, capture, refund, void};
pub(crate) use error::Error;
pub(crate) use ledger::{Booking, entries};
pub(crate) use lookup::{Lookup, Watch, watch, watch_refund};
pub(crate) use observe::{RefundSeen, Seen, observe, observe_refund};
pub(crate) use operation::Operation;
pub(crate) use orphan::{OrphanIntent, Remedy};
pub(crate) use payment::{
    Answer, Ask, Decision, Payment, Refund, RefundStatus, Reply, Status, Task, Terms,
};
pub(crate) use reconcile::{Difference, DifferenceKind, Intent, Ours, compare, unknown};
pub(crate) use settle::settle;
pub(crate) use webhook::{BadWebhook, Event, Subject, event, verify};

#[cfg(test)]
mod tests;
