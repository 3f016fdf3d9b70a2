//! Rate, errors and duration per RPC, for server and client.

use instruments::buckets;
use tonic::Code;

instruments::labels! {
    pub(crate) struct RpcService as "rpc_service" up to 24;
    pub(crate) struct RpcMethod as "rpc_method" up to 120;
    /// The spelling of tonic.
    pub(crate) struct Status as "code" of Code {
        Code::Ok => "Ok",
        Code::Cancelled => "Cancelled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
    /// The called service.
    pub(crate) struct Upstream as "upstream" up to 8;
}

instruments::metrics! {
    /// Metrics of a gRPC server.
    pub static RPC_SERVER;

    /// Calls received, by the status of the response; `Cancelled` if the caller canceled
    RPC_SERVER_REQUESTS: Counter<(RpcService, RpcMethod, Status)> = "rpc_server_requests_total";
    /// Time from a call to its response
    RPC_SERVER_DURATION: Histogram<(RpcService, RpcMethod)> =
        "rpc_server_duration_seconds", buckets::REQUEST;
    /// Calls in flight
    RPC_SERVER_CALLS_IN_PROGRESS: Gauge = "rpc_server_calls_in_progress";
    /// Most calls in flight; more are shed
    RPC_SERVER_CALLS_LIMIT: Gauge = "rpc_server_calls_limit";
    /// Calls that were rejected because too many were in flight
    RPC_SERVER_CALLS_SHED: Counter = "rpc_server_calls_shed_total";
}

instruments::metrics! {
    /// Metrics of a gRPC client.
    pub static RPC_CLIENT;

    /// Calls made, by the final status; retries and rejections by the breaker are part of one call
    RPC_CLIENT_REQUESTS: Counter<(Upstream, RpcService, RpcMethod, Status)> =
        "rpc_client_requests_total";
    /// Time from a call to its final response, all attempts included
    RPC_CLIENT_DURATION: Histogram<(Upstream, RpcService, RpcMethod)> =
        "rpc_client_duration_seconds", buckets::REQUEST;
}
