use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn log_an_event() {
    let span = tracing::info_span!(
        "rpc",
        otel.kind = "server",
        rpc.method = "PlaceOrder",
        order_id = %7
    );
    span.in_scope(|| tracing::info!(step = "reserve", units = 3, "step done"));
}

#[test]
fn a_text_line_is_short() {
    let buffer = Buffer::default();
    let writer = buffer.clone();
    let layer = fmt::layer()
        .event_format(Text)
        .fmt_fields(TextFields)
        .with_ansi(false)
        .with_writer(move || writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log_an_event);
    let line = buffer.text();
    let expected =
        "INFO  chassis::telemetry::logs::tests: step done step=reserve units=3 order_id=7\n";
    assert!(line.ends_with(expected), "{line}");
    assert!(!line.contains('\x1b'), "no color outside of a terminal");
}

#[test]
fn a_text_line_has_the_correlation_field_once() {
    let buffer = Buffer::default();
    let config = Config::default();
    tracing::subscriber::with_default(listening(&config, &buffer), || {
        let outer = tracing::info_span!("process", attempt = 1, order_id = "o-1");
        let inner =
            outer.in_scope(|| tracing::info_span!("lookup", order_id = "o-1", reference = "pi_1"));
        inner.in_scope(|| tracing::info!(order_id = "o-1", step = "reserve", "with its own"));
        inner.in_scope(|| tracing::info!("from the span"));
    });
    let text = buffer.text();
    let endings = [
        "with its own order_id=o-1 step=reserve reference=pi_1 attempt=1",
        "from the span order_id=o-1 reference=pi_1 attempt=1",
    ];
    for (line, ending) in text.lines().zip(endings) {
        assert!(line.ends_with(ending), "{line}");
    }
    assert_eq!(text.lines().count(), 2, "{text}");
}

/// The subscriber of a process, with a log in memory.
fn listening(config: &Config, buffer: &Buffer) -> impl Subscriber + Send + Sync + use<> {
    let writer = buffer.clone();
    let provider = SdkTracerProvider::builder().build();
    let writer = BoxMakeWriter::new(move || writer.clone());
    subscriber(config, "order", &provider, writer, false).unwrap()
}

#[test]
fn a_json_line_has_the_trace_and_the_order() {
    let buffer = Buffer::default();
    let config = Config {
        log_format: LogFormat::Json,
        ..Config::default()
    };
    tracing::subscriber::with_default(listening(&config, &buffer), log_an_event);
    let line: serde_json::Value = serde_json::from_str(&buffer.text()).unwrap();
    assert_eq!(line["message"], "step done");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["service"], "order");
    assert_eq!(line["step"], "reserve");
    assert_eq!(line["units"], 3);
    assert_eq!(line["span"], "rpc");
    assert_eq!(line["order_id"], "7");
    assert_eq!(line["rpc.method"], "PlaceOrder");
    assert_eq!(line["trace_id"].as_str().unwrap().len(), 32);
    assert_eq!(line["span_id"].as_str().unwrap().len(), 16);
    assert!(line.get("otel.kind").is_none(), "{line}");
}

#[test]
fn the_correlation_field_does_not_depend_on_the_filter() {
    let buffer = Buffer::default();
    let config = Config {
        log_format: LogFormat::Json,
        log: "warn".to_owned(),
        ..Config::default()
    };
    tracing::subscriber::with_default(listening(&config, &buffer), || {
        let request = tracing::info_span!("request", order_id = tracing::field::Empty);
        request.record("order_id", "o-1");
        let below = request.in_scope(|| tracing::info_span!("lookup", reference = "pi_1"));
        below.in_scope(|| {
            tracing::info!("not said");
            tracing::warn!("said");
        });
    });
    let line: serde_json::Value = serde_json::from_str(&buffer.text()).unwrap();
    assert_eq!(line["message"], "said");
    assert_eq!(line["span"], "lookup");
    assert_eq!(line["order_id"], "o-1");
}

#[test]
fn the_configured_filter_overrides_the_default_levels() {
    let filter = filter("telemetry.log", QUIET, "info,h2=trace")
        .unwrap()
        .to_string();
    assert!(
        filter.contains("h2=trace") && !filter.contains("h2=warn"),
        "{filter}"
    );
}
