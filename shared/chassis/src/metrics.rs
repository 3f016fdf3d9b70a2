//! The metrics of a process and of both sides of gRPC.

pub(crate) mod process;
pub(crate) mod rpc;

pub use process::PROCESS;
pub use rpc::{RPC_CLIENT, RPC_SERVER};

/// All metrics of this process as OpenMetrics text, read now: what `/metrics` serves. Must be called inside the main
/// runtime.
#[must_use]
pub fn render() -> String {
    crate::telemetry::read_process();
    instruments::render()
}
