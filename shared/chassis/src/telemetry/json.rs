use std::fmt;

use contracts::CORRELATION;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::correlation;

/// One JSON object per line: `timestamp`, `level`, `service`, `target`, `message`, the event's own
/// fields, the current span (`span`, and its fields unless the event has the same), the
/// correlation field of the nearest span that has it, `trace_id` and `span_id`.
pub(super) struct Json {
    pub(super) service: &'static str,
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Map::new();
        let now = kernel::Clock::system().now();
        let time = now.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        line.insert("timestamp".to_owned(), time.into());
        let level = event.metadata().level().as_str();
        line.insert("level".to_owned(), level.into());
        line.insert("service".to_owned(), self.service.into());
        line.insert("target".to_owned(), event.metadata().target().into());
        event.record(&mut Fields(&mut line));
        if let Some(span) = context.lookup_current() {
            line.insert("span".to_owned(), span.name().into());
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>() {
                add_missing(&mut line, &fields.fields);
            }
            if !line.contains_key(CORRELATION)
                && let Some(value) = correlation::of(&span)
            {
                line.insert(CORRELATION.to_owned(), value.into());
            }
        }
        if let Some((trace_id, span_id)) = super::context::current_ids() {
            line.insert("trace_id".to_owned(), trace_id.into());
            line.insert("span_id".to_owned(), span_id.into());
        }
        let text = serde_json::to_string(&line).map_err(|_impossible| fmt::Error)?;
        writeln!(writer, "{text}")
    }
}

fn add_missing(line: &mut Map<String, Value>, fields: &str) {
    if let Ok(Value::Object(fields)) = serde_json::from_str(fields) {
        for (name, value) in fields {
            // Only for the trace layer: the name of the span.
            if !name.starts_with("otel.") {
                line.entry(name).or_insert(value);
            }
        }
    }
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        // Added to records of the `log` crate.
        if field.name() == "log.target" {
            self.0.insert("target".to_owned(), value);
        } else if !field.name().starts_with("log.") {
            self.0.insert(field.name().to_owned(), value);
        }
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }
}
