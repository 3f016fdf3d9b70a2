//! Work that lies in a table and that a worker leases for a while: no lock is held and no transaction
//! is open while it works, and after a crash another worker takes over.
//!
//! [`Table`] renders the statements, [`work`] runs them. The crate's README has an example.

mod commit;
mod run;
mod table;

pub use commit::{backoff, commit};
pub use run::{Limits, Next, Wake, rounds, work};
pub use table::{By, Finish, Key, Lease, Postpone, Table};
