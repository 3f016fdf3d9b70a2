//! gRPC, on both sides: rate, errors and duration by RPC.

use super::upstream::UPSTREAM;
use super::{CALLERS, SERVICES, WAITED_FOR, room};
use crate::Label;

const SERVICE: Label = Label::up_to("rpc_service", 24);
const METHOD: Label = Label::up_to("rpc_method", 120);
/// As tonic spells them.
const CODE: Label = Label::one_of(
    "code",
    &[
        "Ok",
        "Cancelled",
        "Unknown",
        "InvalidArgument",
        "DeadlineExceeded",
        "NotFound",
        "AlreadyExists",
        "PermissionDenied",
        "ResourceExhausted",
        "FailedPrecondition",
        "Aborted",
        "OutOfRange",
        "Unimplemented",
        "Internal",
        "Unavailable",
        "DataLoss",
        "Unauthenticated",
    ],
);

room! {
    /// Calls answered, by the status they were answered with; one that the caller gave up is `Cancelled`
    RPC_SERVER_REQUESTS: Counter<3> =
        new("rpc_server_requests_total", [SERVICE, METHOD, CODE], SERVICES);
    /// Time from a call to its answer
    RPC_SERVER_DURATION: Histogram<2> =
        new("rpc_server_duration_seconds", [SERVICE, METHOD], SERVICES, WAITED_FOR);
    /// Calls being answered now
    RPC_SERVER_CALLS_IN_PROGRESS: Gauge<0> = new("rpc_server_calls_in_progress", [], SERVICES);
    /// Calls that may be answered at the same time; one more is shed
    RPC_SERVER_CALLS_LIMIT: Gauge<0> = new("rpc_server_calls_limit", [], SERVICES);
    /// Calls refused because too many were being answered
    RPC_SERVER_CALLS_SHED: Counter<0> = new("rpc_server_calls_shed_total", [], SERVICES);
    /// Calls made, by the status they came back with, tries and refusals by our own breaker included in one
    RPC_CLIENT_REQUESTS: Counter<4> =
        new("rpc_client_requests_total", [UPSTREAM, SERVICE, METHOD, CODE], CALLERS);
    /// Time from a call to its answer as the caller saw it, all tries together
    RPC_CLIENT_DURATION: Histogram<3> =
        new("rpc_client_duration_seconds", [UPSTREAM, SERVICE, METHOD], CALLERS, WAITED_FOR);
}
