use std::fmt;

use contracts::CORRELATION;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// One short line per event, for people: `20:45:57.123 INFO  order::saga: step done step=reserve order_id=..`.
/// The fields of the enclosing spans are at the end. The correlation field is printed once: the event's
/// own, or else that of the nearest span that has it.
pub(super) struct Text;

impl<S, N> FormatEvent<S, N> for Text
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
        let now = kernel::Clock::system().now();
        let metadata = event.metadata();
        let (level, target) = (*metadata.level(), metadata.target());
        let paint = Paint(writer.has_ansi_escapes());
        let (dim, color, plain) = (paint.code("2"), paint.level(level), paint.code("0"));
        let time = now.format("%H:%M:%S%.3f");
        write!(
            writer,
            "{dim}{time}{plain} {color}{level:<5}{plain} {dim}{target}:{plain} "
        )?;
        context.format_fields(writer.by_ref(), event)?;
        let mut is_correlated = metadata.fields().field(CORRELATION).is_some();
        for span in context.event_scope().into_iter().flatten() {
            let extensions = span.extensions();
            let Some(formatted) = extensions.get::<FormattedFields<N>>() else {
                continue;
            };
            let fields = formatted.split(' ');
            let fields: Vec<&str> = fields
                .filter(|field| !(is_correlated && is_correlation(field)))
                .collect();
            is_correlated |= fields.iter().any(|field| is_correlation(field));
            let fields = fields.join(" ");
            if !fields.is_empty() {
                write!(writer, " {dim}{fields}{plain}")?;
            }
        }
        writeln!(writer)
    }
}

/// Whether the text is `order_id=..`.
fn is_correlation(field: &str) -> bool {
    let value = field.strip_prefix(CORRELATION);
    value.is_some_and(|value| value.starts_with('='))
}

struct Paint(bool);

impl Paint {
    fn code(&self, code: &'static str) -> impl fmt::Display {
        let colored = self.0;
        fmt::from_fn(move |formatter| match colored {
            true => write!(formatter, "\x1b[{code}m"),
            false => Ok(()),
        })
    }

    fn level(&self, level: Level) -> impl fmt::Display {
        self.code(match level {
            Level::ERROR => "31;1",
            Level::WARN => "33",
            Level::INFO => "32",
            Level::DEBUG => "34",
            Level::TRACE => "35",
        })
    }
}

/// `message key=value key=value`, without the fields that are only for traces.
pub(super) struct TextFields;

impl<'writer> FormatFields<'writer> for TextFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut line = Line {
            writer,
            first: true,
            result: Ok(()),
        };
        fields.record(&mut line);
        line.result
    }
}

struct Line<'writer> {
    writer: Writer<'writer>,
    first: bool,
    result: fmt::Result,
}

impl Line<'_> {
    fn put(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let name = field.name();
        let only_for_traces = [
            "otel.",
            "rpc.",
            "db.",
            "messaging.",
            "server.",
            "error.",
            "url.scheme",
            "log.",
        ];
        if self.result.is_err()
            || only_for_traces
                .iter()
                .any(|prefix| name.starts_with(prefix))
        {
            return;
        }
        let space = if self.first { "" } else { " " };
        self.first = false;
        self.result = if name == "message" {
            write!(self.writer, "{space}{value}")
        } else {
            write!(self.writer, "{space}{name}={value}")
        };
    }
}

impl Visit for Line<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if value.contains([' ', '"', '\n']) && field.name() != "message" {
            self.put(field, format_args!("{value:?}"));
        } else {
            self.put(field, format_args!("{value}"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format_args!("{value:?}"));
    }
}
