//! The events of orders that customers follow.

use contracts::messages::{
    OrderActionRequired, OrderCancelled, OrderConfirmed, OrderDelivered, OrderPlaced,
    OrderRefunded, OrderRejected, OrderReturnApproved, OrderReturnRefused, OrderReturnRequested,
    OrderShipped,
};
use messaging::{Binding, Broker, FanOut, Notice};
use tokio_util::sync::CancellationToken;

use super::Progress;

/// A subscription of this process: every replica receives every event.
pub(crate) fn subscribe(broker: &Broker) -> FanOut {
    let events = vec![
        Binding::to::<OrderPlaced>(),
        Binding::to::<OrderActionRequired>(),
        Binding::to::<OrderConfirmed>(),
        Binding::to::<OrderRejected>(),
        Binding::to::<OrderCancelled>(),
        Binding::to::<OrderShipped>(),
        Binding::to::<OrderDelivered>(),
        Binding::to::<OrderRefunded>(),
        Binding::to::<OrderReturnRequested>(),
        Binding::to::<OrderReturnApproved>(),
        Binding::to::<OrderReturnRefused>(),
    ];
    broker.fan_out("gateway.orders", events)
}

/// Wakes streams until `stop` is canceled. Most events are of orders that nobody follows, so they get no span.
pub(crate) async fn follow(mut events: FanOut, progress: Progress, stop: CancellationToken) {
    loop {
        let notice = tokio::select! {
            notice = events.next() => notice,
            () = stop.cancelled() => return,
        };
        match notice {
            // Events before the subscription were not received.
            Notice::Subscribed => progress.wake_all(),
            // The subject of an order's event is the order.
            Notice::Event(envelope) => match envelope.subject.parse() {
                Ok(order) => progress.wake(order),
                Err(error) => {
                    tracing::warn!(%error, id = %envelope.id, "an event of an order names none");
                }
            },
        }
    }
}
