//! The operations view of the console: how the system and each order move. Its rows are in the table of `staff`.

pub(super) mod dead_letters;
pub(super) mod faults;
mod figures;
mod graph;
pub(super) mod overview;
pub(super) mod sagas;
pub(super) mod services;
mod sparkline;
pub(super) mod traces;
