//! The outbox and its relay.

use super::{AT_ONCE, SERVICES, WAITED_FOR, room};

room! {
    /// Messages that are committed and not published yet; each replica sees the whole, so take the max
    OUTBOX_PENDING: Gauge<0> = new("outbox_pending", [], SERVICES);
    /// Messages that the broker refused and that are tried again; take the max
    OUTBOX_REFUSED: Gauge<0> = new("outbox_refused", [], SERVICES);
    /// Age of the oldest message that is not published yet, 0 if there is none; take the max
    OUTBOX_LAG: Gauge<0> = new("outbox_lag_seconds", [], SERVICES);
    /// Messages that were published together
    OUTBOX_BATCH_MESSAGES: Histogram<0> = new("outbox_batch_messages", [], SERVICES, AT_ONCE);
    /// Time that a batch took, from its lease over the broker's confirms to the deletion of its rows
    OUTBOX_BATCH: Histogram<0> = new("outbox_batch_seconds", [], SERVICES, WAITED_FOR);
}
