//! What operators can do to any service: list, redrive and drop its dead letters, and read the
//! audit of who did what and why.
//!
//! `service` mounts both for every service, with their [`POLICY`].

mod action;
mod audit;
mod dead_letters;
mod policy;
mod reasons;
mod schema;
mod store;

pub use action::{Action, Reason, command_line};
pub use audit::{Audit, audit};
pub use dead_letters::{DeadLetterRpc, dead_letters};
pub use policy::POLICY;
pub use reasons::REASONS;
pub use store::record;
