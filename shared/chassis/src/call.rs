//! What both ends of a gRPC call share: the context that travels along, its headers, what the protos
//! say about each RPC, and how a call is measured. `grpc::Server` and the crate `upstream`
//! stand on it.

mod context;
mod descriptor;
pub mod headers;
mod metrics;

pub use context::CallContext;
pub use descriptor::{Method, RPCS, methods};
pub use metrics::{Measure, MeasuredMethod, MeasuredMethods, Side};
