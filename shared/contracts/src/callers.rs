//! The processes that call an RPC, for the policy tables. With mTLS, one of the names must be a DNS name in the certificate of
//! the caller.

/// The names of processes.
pub type Callers = &'static [&'static str];

/// The gateway, for the clients of the API.
pub const GATEWAY: Callers = &["gateway"];

/// The order service, besides the gateway.
pub const GATEWAY_AND_ORDER: Callers = &["gateway", "order"];

/// Every process that calls others.
pub const ALL: Callers = &["gateway", "catalog", "order", "payment"];
