//! What the clients of all services have in common.

use crate::edge::call::Call;

/// The client `rpc` of a service, for the calls of one request. Each file beside this one gives it the
/// methods of one service; a method takes the client, since it makes one call.
pub(crate) struct Client<'a, C> {
    pub(super) rpc: C,
    pub(super) call: &'a Call,
}
