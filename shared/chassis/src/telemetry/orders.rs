//! `order_id`, from the span that knows it to everything below.

use std::fmt::Debug;
use std::sync::OnceLock;

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

/// The field that says which order a span is about.
const ORDER_ID: &str = "order_id";

/// What a span itself said.
struct OrderId(String);

/// Notes the order of each span that names one, and gives it to the spans below when they end, so
/// that those count that began before the id was known. Must be below the trace layer, which sends a
/// span away when it ends.
#[derive(Default)]
pub(super) struct Orders {
    dispatch: OnceLock<WeakDispatch>,
}

/// The order that a span is about: its own, or that of the nearest span around it.
pub(super) fn of<'a, R: LookupSpan<'a>>(span: &SpanRef<'a, R>) -> Option<String> {
    let own = span.extensions().get().map(|OrderId(id)| id.clone());
    own.or_else(|| inherited(span))
}

fn inherited<'a, R: LookupSpan<'a>>(span: &SpanRef<'a, R>) -> Option<String> {
    let mut around = span.scope().skip(1);
    around.find_map(|span| span.extensions().get().map(|OrderId(id)| id.clone()))
}

impl<S> Layer<S> for Orders
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let _only_once = self.dispatch.set(dispatch.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        note(|visit| attributes.record(visit), id, &context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        note(|visit| values.record(visit), id, &context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else {
            return;
        };
        if span.extensions().get::<OrderId>().is_some() {
            return; // a field of its own
        }
        if let Some(order) = inherited(&span)
            && let Some(dispatch) = self.dispatch.get().and_then(WeakDispatch::upgrade)
            && let Some(traced) = get_otel_context(&id, &dispatch)
        {
            traced.span().set_attribute(KeyValue::new(ORDER_ID, order));
        }
    }
}

fn note<S>(record: impl FnOnce(&mut Found), id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let mut found = Found(None);
    record(&mut found);
    if let Found(Some(order)) = found
        && let Some(span) = context.span(id)
    {
        span.extensions_mut().replace(OrderId(order));
    }
}

struct Found(Option<String>);

impl Visit for Found {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == ORDER_ID {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == ORDER_ID {
            self.0 = Some(format!("{value:?}"));
        }
    }
}
