//! Applies the catalog's change events to the product cache.

use contracts::messages::ProductChanged;
use messaging::{Binding, Broker, Envelope, FanOut, Notice};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::ProductCache;

/// A subscription of this process: every replica receives every change event.
pub(crate) fn subscribe(broker: &Broker) -> FanOut {
    broker.fan_out("gateway.products", vec![Binding::to::<ProductChanged>()])
}

/// Applies change events until `stop` is canceled.
pub(crate) async fn follow(mut events: FanOut, cache: ProductCache, stop: CancellationToken) {
    loop {
        let notice = tokio::select! {
            notice = events.next() => notice,
            () = stop.cancelled() => return,
        };
        match notice {
            // Events before the subscription were not received.
            Notice::Subscribed => cache.expire_all(),
            Notice::Event(envelope) => {
                let span = events.process_span(&envelope);
                apply(&cache, &envelope).instrument(span).await;
            }
        }
    }
}

async fn apply(cache: &ProductCache, envelope: &Envelope) {
    match envelope.decode::<ProductChanged>() {
        Ok(change) => {
            cache.apply_change(&change.slug, change.version).await;
            if let Some(slug) = &change.previous_slug {
                cache.apply_change(slug, i64::MAX).await;
            }
        }
        Err(error) => {
            tracing::warn!(%error, id = %envelope.id, "cannot decode a change event");
            cache.expire_all();
        }
    }
}
