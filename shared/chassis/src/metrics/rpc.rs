//! gRPC, on both sides: rate, errors and duration by RPC.

use instruments::buckets;
use tonic::Code;

instruments::labels! {
    pub(crate) struct RpcService as "rpc_service" up to 24;
    pub(crate) struct RpcMethod as "rpc_method" up to 120;
    /// As tonic spells them.
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
    /// The service that is called.
    pub(crate) struct Upstream as "upstream" up to 8;
}

instruments::metrics! {
    /// What a process exports that answers RPCs.
    pub static RPC_SERVER;

    /// Calls answered, by the status they were answered with; one that the caller gave up is `Cancelled`
    RPC_SERVER_REQUESTS: Counter<(RpcService, RpcMethod, Status)> = "rpc_server_requests_total";
    /// Time from a call to its answer
    RPC_SERVER_DURATION: Histogram<(RpcService, RpcMethod)> =
        "rpc_server_duration_seconds", buckets::REQUEST;
    /// Calls being answered now
    RPC_SERVER_CALLS_IN_PROGRESS: Gauge = "rpc_server_calls_in_progress";
    /// Calls that may be answered at the same time; one more is shed
    RPC_SERVER_CALLS_LIMIT: Gauge = "rpc_server_calls_limit";
    /// Calls refused because too many were being answered
    RPC_SERVER_CALLS_SHED: Counter = "rpc_server_calls_shed_total";
}

instruments::metrics! {
    /// What a process exports that makes RPCs.
    pub static RPC_CLIENT;

    /// Calls made, by the status they came back with, tries and refusals by our own breaker included in one
    RPC_CLIENT_REQUESTS: Counter<(Upstream, RpcService, RpcMethod, Status)> =
        "rpc_client_requests_total";
    /// Time from a call to its answer as the caller saw it, all tries together
    RPC_CLIENT_DURATION: Histogram<(Upstream, RpcService, RpcMethod)> =
        "rpc_client_duration_seconds", buckets::REQUEST;
}
