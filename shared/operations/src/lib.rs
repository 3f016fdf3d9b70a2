//! What operators can do to any service: list, redrive and drop its dead letters, read the
//! audit of who did what and why, see its state, and, where it is allowed, stop its consumer for a while.
//!
//! `service` mounts this for every service, with their [`POLICY`].

mod action;
mod audit;
mod dead_letters;
mod faults;
mod policy;
mod reasons;
mod schema;
mod store;
mod system;

pub use action::{Action, Reason, command_line};
pub use audit::{Audit, audit};
pub use dead_letters::{DeadLetterRpc, dead_letters};
pub use faults::{FaultRpc, faults};
pub use policy::POLICY;
pub use reasons::REASONS;
pub use store::record;
pub use system::{System, system};
