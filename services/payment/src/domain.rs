//! The rules of payments, without I/O: a command, an answer or a lookup leads to a decision.

mod command;
mod decision;
mod decline;
mod error;
mod ledger;
mod lookup;
mod observe;
mod operation;
mod orphan_intent;
mod payment;
mod provider_units;
mod reconcile;
mod settle;
mod state;
mod webhook;

pub(crate) use decision::{Decision, Effects, Reply};
pub(crate) use error::Error;
pub(crate) use ledger::{Balance, BookedEntry, Booking, entries};
pub(crate) use lookup::{Lookup, Watch, first_watch, watch, watch_refund};
pub(crate) use observe::{ObservedIntent, ObservedRefund, observe, observe_refund};
pub(crate) use operation::{Answer, NewOperation, Operation, Task};
pub(crate) use orphan_intent::{OrphanIntent, Remedy, remedy};
pub(crate) use payment::{Payment, Refund, RefundStatus, Status, Terms};
pub(crate) use provider_units::{check_currencies, check_currency, from_provider, to_provider};
pub(crate) use reconcile::{
    Counts, Difference, DifferenceKind, Intent, NewRun, Origin, Ours, Run, RunStatus, compare,
    unknown,
};
pub(crate) use settle::settle;
pub(crate) use state::{Command, State};
#[cfg(any(test, fuzzing))]
pub use webhook::fuzzing;
pub(crate) use webhook::{BadWebhook, Event, Subject, event, verify};

#[cfg(test)]
mod tests;
