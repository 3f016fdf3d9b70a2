//! Counts errors and warnings in the log.

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::metrics::process::{self as metrics, LOG_EVENTS};

/// Counts the events that pass its filter.
pub(super) struct EventCounter;

impl<S: Subscriber> Layer<S> for EventCounter {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        match *event.metadata().level() {
            Level::ERROR => LOG_EVENTS.of(metrics::Level::Error).inc(),
            Level::WARN => LOG_EVENTS.of(metrics::Level::Warn).inc(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn only_errors_and_warnings_are_counted() {
        instruments::register(&crate::metrics::PROCESS);
        let subscriber = tracing_subscriber::registry().with(EventCounter);
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!("one");
            tracing::warn!("two");
            tracing::warn!("three");
            tracing::info!("four");
        });
        let text = instruments::render();
        for line in [
            "log_events_total{level=\"error\"} 1",
            "log_events_total{level=\"warn\"} 2",
        ] {
            assert!(
                text.lines().any(|exported| exported == line),
                "{line} is missing in\n{text}"
            );
        }
    }
}
