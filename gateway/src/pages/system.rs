//! The operations view of the console: how the system and each order move. Its rows are in the table of `staff`.

pub(super) mod dead_letters;
pub(super) mod sagas;
