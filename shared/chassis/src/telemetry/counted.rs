//! Errors and warnings in the log, as numbers.

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::metrics::process::{self as metrics, LOG_EVENTS};

/// Counts what its filter lets through.
pub(super) struct Counted;

impl<S: Subscriber> Layer<S> for Counted {
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
    fn errors_and_warnings_are_counted_and_news_is_not() {
        instruments::register(&crate::metrics::PROCESS);
        let subscriber = tracing_subscriber::registry().with(Counted);
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
                text.lines().any(|said| said == line),
                "{line} is missing in\n{text}"
            );
        }
    }
}
