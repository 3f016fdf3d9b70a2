//! What operators do to a service by hand, the same in all of them: seeing to its dead letters, and
//! the audit of who did what and why.
//!
//! `service` mounts both for every service, with their [`POLICY`].

mod action;
mod audit;
mod desk;
mod policy;
mod reasons;
mod schema;
mod store;

pub use action::{Action, Reason};
pub use audit::{Audit, audit};
pub use desk::{Desk, dead_letters};
pub use policy::POLICY;
pub use reasons::REASONS;
pub use store::record;
