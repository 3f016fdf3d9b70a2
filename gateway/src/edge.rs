//! Layers that every request passes. They depend on no handler and no service.
//!
//! Each module imports only modules above it in this list.

pub mod problem;

pub(crate) mod config;
pub(crate) mod header_names;
pub mod route;

pub(crate) mod call;
pub(crate) mod client_address;
pub(crate) mod connection;
pub(crate) mod rate_limit;

pub(crate) mod gate;
pub(crate) mod middleware;
pub(crate) mod server;
pub(crate) mod table;
