//! What every request passes, whatever answers it. Nothing here knows a handler or a service.
//!
//! Each file imports only files that stand above it in this list.

pub mod problem;

pub(crate) mod config;
pub(crate) mod header_names;
pub mod route;

pub(crate) mod call;
pub(crate) mod client_address;
pub(crate) mod rate_limit;

pub(crate) mod gate;
pub(crate) mod middleware;
pub(crate) mod table;
