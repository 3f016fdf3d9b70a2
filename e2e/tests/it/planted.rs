//! Each check of `prove` can fail: a small shop passes all checks; then one bug is planted, and exactly
//! the expected checks fail and name what is wrong.

mod fixture;
mod messages;
mod money;
mod provider;
mod reported;
mod stock;

use fixture::Fixture;
