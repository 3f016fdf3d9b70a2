//! The parts of a gRPC call that client and server share: the call context, the headers, the
//! descriptors of all RPCs, and metrics. `grpc::Server` and the crate `upstream` use them.

mod client_network;
mod context;
mod descriptor;
pub mod headers;
mod metrics;

pub use client_network::ClientNetwork;
pub use context::CallContext;
pub use descriptor::{Method, RPCS, methods};
pub use metrics::{Measure, MeasuredMethod, MeasuredMethods, Side};
