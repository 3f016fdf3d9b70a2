//! What every request passes, whatever answers it: middleware, the gate, rate limits, problems.
//! It knows no handler and no service behind the gateway.

pub(crate) mod client_address;
pub(crate) mod gate;
pub(crate) mod middleware;
pub mod problem;
pub mod rate_limit;
