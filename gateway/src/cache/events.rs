//! News of products, from the catalog.

use contracts::messages::ProductChanged;
use messaging::{Binding, Broker, Envelope, FanOut, Notice};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::Pages;

/// This process's own copy of the catalog's news.
pub(crate) fn subscribe(broker: &Broker) -> FanOut {
    broker.fan_out("gateway.products", vec![Binding::to::<ProductChanged>()])
}

/// Keeps pages fresh until it is told to stop.
pub(crate) async fn follow(mut news: FanOut, pages: Pages, stop: CancellationToken) {
    loop {
        let notice = tokio::select! {
            notice = news.next() => notice,
            () = stop.cancelled() => return,
        };
        match notice {
            // Whatever happened while no one listened is unknown.
            Notice::Subscribed => pages.forget_all(),
            Notice::Event(envelope) => {
                let span = news.process_span(&envelope);
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
            tracing::warn!(%error, id = %envelope.id, "news of a product cannot be read");
            pages.forget_all();
        }
    }
}
