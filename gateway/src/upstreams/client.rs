use crate::edge::call::Call;

/// A gRPC client bound to one request. The sibling modules add the methods of each service. A method
/// consumes the client, because it makes one call.
pub(crate) struct Client<'a, C> {
    pub(super) rpc: C,
    pub(super) call: &'a Call,
}
