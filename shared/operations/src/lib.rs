//! What operators do to a service by hand, the same in all of them: seeing to its dead letters, and
//! the audit of who did what and why.

mod action;
mod schema;
mod store;

pub use action::{Action, Reason};
pub use store::record;
