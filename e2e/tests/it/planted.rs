//! Whether each check of the proof can fail: a small shop is run and found in order; then one bug is
//! planted, and exactly the checks that it concerns say so, naming the thing.

mod messages;
mod money;
mod proof;
mod provider;
mod stock;
mod told;

use proof::Proof;
