//! Tests that each check of `prove` can fail. A small shop passes all checks. Then the state or the history
//! is corrupted, and exactly the expected checks fail and name the cause.

mod fixture;
mod messages;
mod money;
mod provider;
mod reported;
mod stock;

use fixture::Fixture;
