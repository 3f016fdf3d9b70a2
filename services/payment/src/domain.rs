//! The rules of payments, pure: a command or an answer comes in, a decision comes out.

mod command;
mod error;
mod ledger;
mod operation;
mod payment;
mod settle;

pub(crate) use command::{authorize, capture, refund, void};
pub(crate) use error::Error;
pub(crate) use ledger::entries;
pub(crate) use operation::Operation;
pub(crate) use payment::{
    Answer, Ask, Decision, Payment, Refund, RefundStatus, Reply, Status, Task, Terms,
};
pub(crate) use settle::settle;

#[cfg(test)]
mod tests;
