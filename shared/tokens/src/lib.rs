//! Tokens that a service gives to a client and gets back unchanged, authenticated and bound to their use. See
//! `README.md`.

mod binding;
mod config;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod keys;
mod pages;

pub use binding::Binding;
pub use config::Config;
pub use keys::Keys;
pub use pages::{List, PageTokenInvalid, Pages};
