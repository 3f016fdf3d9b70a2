//! The stand-in payment provider.

use super::{SANDBOX, room};
use crate::Label;

const OPERATION: Label = Label::one_of(
    "operation",
    &["create", "confirm", "capture", "cancel", "refund", "read"],
);
const STATUS: Label = Label::up_to("status", 40);
const SENT: Label = Label::one_of("outcome", &["taken", "refused", "unreachable"]);

room! {
    /// Calls of the API, by the status of the answer; `cut` is an answer that was lost on purpose
    SANDBOX_CALLS: Counter<2> = new("sandbox_calls_total", [OPERATION, STATUS], SANDBOX);
    /// Webhooks sent, by what became of them
    SANDBOX_WEBHOOKS: Counter<1> = new("sandbox_webhooks_total", [SENT], SANDBOX);
}
