use crate::broker::Broker;
use crate::queue::Queue;

/// Moves the events that were published while `queue` was not bound into it, in the background. Call
/// it once the queue is bound.
pub(super) fn fetch(broker: &Broker, queue: &Queue) {
    if queue.events().is_empty() {
        return;
    }
    let queue = queue.name.clone();
    let unrouted = broker.unrouted(&queue);
    tokio::spawn(async move {
        loop {
            match unrouted.redrive_all().await {
                Ok(0) => return,
                Ok(count) => tracing::info!(queue, count, "moved unrouted events to their queue"),
                Err(error) => {
                    // They stay, and `unrouted_events` counts them.
                    tracing::debug!(queue, %error, "cannot move unrouted events");
                    return;
                }
            }
        }
    });
}
