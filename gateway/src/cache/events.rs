//! Change events of products, from the catalog.

use contracts::messages::ProductChanged;
use messaging::{Binding, Broker, Envelope, FanOut, Notice};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::Pages;

/// This process's own copy of the catalog's change events.
pub(crate) fn subscribe(broker: &Broker) -> FanOut {
    broker.fan_out("gateway.products", vec![Binding::to::<ProductChanged>()])
}

/// Evicts what changes, until `stop` is cancelled.
pub(crate) async fn follow(mut events: FanOut, pages: Pages, stop: CancellationToken) {
    loop {
        let notice = tokio::select! {
            notice = events.next() => notice,
            () = stop.cancelled() => return,
        };
        match notice {
            // Events before the subscription are lost.
            Notice::Subscribed => pages.forget_all(),
            Notice::Event(envelope) => {
                let span = events.process_span(&envelope);
                apply(&pages, &envelope).instrument(span).await;
            }
        }
    }
}

async fn apply(pages: &Pages, envelope: &Envelope) {
    match envelope.decode::<ProductChanged>() {
        Ok(change) => {
            pages.changed(&change.slug, change.version).await;
            if let Some(slug) = &change.previous_slug {
                pages.changed(slug, i64::MAX).await;
            }
        }
        Err(error) => {
            tracing::warn!(%error, id = %envelope.id, "a change event cannot be read");
            pages.forget_all();
        }
    }
}
