//! Work that is stored in a table and leased by a worker for a limited time. No lock is held and no
//! transaction is open during the work, and after a crash another worker takes over.
//!
//! [`Table`] builds the statements, [`work`] runs the worker. The README has an example.

mod commit;
mod run;
mod table;

pub use commit::{backoff, commit};
pub use run::{Limits, Next, Wake, rounds, work};
pub use table::{By, Finish, Key, Lease, Postpone, Table};
