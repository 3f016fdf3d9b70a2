//! The metrics of a process and of both sides of gRPC.

pub(crate) mod process;
pub(crate) mod rpc;

pub use process::PROCESS;
pub use rpc::{RPC_CLIENT, RPC_SERVER};
