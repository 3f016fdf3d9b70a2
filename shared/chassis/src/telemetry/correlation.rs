//! Copies the correlation field from the span that has it to all spans below.

use std::fmt::Debug;
use std::sync::OnceLock;

use contracts::CORRELATION;
use opentelemetry::KeyValue;
use opentelemetry::trace::TraceContextExt;
use tracing::dispatcher::WeakDispatch;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Subscriber};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// The value of a span itself.
struct CorrelationId(String);

/// Records the value of each span that has the field, and sets it on the spans below when they end.
/// So spans that began before the value was set have it too. Must be below the trace layer, which
/// exports a span when it ends.
#[derive(Default)]
pub(super) struct Correlation {
    dispatch: OnceLock<WeakDispatch>,
}

/// The value of a span: its own, or that of the nearest enclosing span.
pub(super) fn of<'a, R: LookupSpan<'a>>(span: &SpanRef<'a, R>) -> Option<String> {
    let own = span.extensions().get().map(|CorrelationId(id)| id.clone());
    own.or_else(|| inherited(span))
}

fn inherited<'a, R: LookupSpan<'a>>(span: &SpanRef<'a, R>) -> Option<String> {
    let mut around = span.scope().skip(1);
    around.find_map(|span| span.extensions().get().map(|CorrelationId(id)| id.clone()))
}

impl<S> Layer<S> for Correlation
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let _already_set = self.dispatch.set(dispatch.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        store(|visit| attributes.record(visit), id, &context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        store(|visit| values.record(visit), id, &context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else {
            return;
        };
        if span.extensions().get::<CorrelationId>().is_some() {
            return; // the trace layer has recorded the field
        }
        if let Some(value) = inherited(&span)
            && let Some(dispatch) = self.dispatch.get().and_then(WeakDispatch::upgrade)
            && let Some(traced) = get_otel_context(&id, &dispatch)
        {
            traced
                .span()
                .set_attribute(KeyValue::new(CORRELATION, value));
        }
    }
}

fn store<S>(record: impl FnOnce(&mut Found), id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let mut found = Found(None);
    record(&mut found);
    if let Found(Some(value)) = found
        && let Some(span) = context.span(id)
    {
        span.extensions_mut().replace(CorrelationId(value));
    }
}

struct Found(Option<String>);

impl Visit for Found {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == CORRELATION {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == CORRELATION {
            self.0 = Some(format!("{value:?}"));
        }
    }
}
