use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{self as otlp, ResourceSpans};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// Attributes as texts.
pub(crate) type Attributes = BTreeMap<String, String>;

/// Kind of a span.
pub(crate) type Kind = SpanKind;

/// A received span.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    /// Attributes of the process: `service.name` and others.
    pub(crate) resource: Arc<Attributes>,
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty for a root span.
    pub(crate) parent: String,
    /// The `tracestate`.
    pub(crate) state: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) attributes: Attributes,
    pub(crate) events: Vec<(String, Attributes)>,
    pub(crate) links: Vec<Link>,
    /// Description of an error status.
    pub(crate) failed: Option<String>,
    /// Nanoseconds of the Unix clock.
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// A link to another span.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) trace: String,
    pub(crate) id: String,
}

impl Span {
    /// `service.name`.
    pub(crate) fn service(&self) -> &str {
        self.resource.get("service.name").map_or("", String::as_str)
    }

    /// `server`, `client`, `producer`, `consumer` or `internal`.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Server => "server",
            Kind::Client => "client",
            Kind::Producer => "producer",
            Kind::Consumer => "consumer",
            Kind::Internal => "internal",
            Kind::Unspecified => "unspecified",
        }
    }

    /// Service, kind and name in one text: `order server mercantile.order.v1.OrderService/PlaceOrder`.
    pub(crate) fn step(&self) -> String {
        format!("{} {} {}", self.service(), self.kind_name(), self.name)
    }

    /// An attribute; empty if there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// An OTLP receiver that keeps every span.
#[derive(Clone, Default)]
pub(crate) struct Collector {
    /// For `telemetry.otlp_endpoint`.
    pub(crate) url: String,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let collector = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            ..Self::default()
        };
        let server = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(collector.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        collector
    }

    /// The spans received so far.
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.spans.lock().unwrap().clone()
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let arrived = request.into_inner().resource_spans;
        let arrived = arrived.into_iter().flat_map(spans);
        self.spans.lock().unwrap().extend(arrived);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn spans(of_process: ResourceSpans) -> Vec<Span> {
    let resource = of_process.resource.unwrap_or_default();
    let resource = Arc::new(attributes(resource.attributes));
    let scopes = of_process.scope_spans.into_iter();
    scopes
        .flat_map(|scope| scope.spans)
        .map(|span| read(span, Arc::clone(&resource)))
        .collect()
}

fn read(span: otlp::Span, resource: Arc<Attributes>) -> Span {
    let link = |link: otlp::span::Link| Link {
        trace: hex(&link.trace_id),
        id: hex(&link.span_id),
    };
    let status = span.status.clone().unwrap_or_default();
    Span {
        resource,
        kind: span.kind(),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        state: span.trace_state,
        name: span.name,
        attributes: attributes(span.attributes),
        events: span
            .events
            .into_iter()
            .map(|event| (event.name, attributes(event.attributes)))
            .collect(),
        links: span.links.into_iter().map(link).collect(),
        failed: (status.code() == StatusCode::Error).then_some(status.message),
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
    }
}

fn attributes(pairs: Vec<KeyValue>) -> Attributes {
    let pairs = pairs.into_iter();
    pairs.map(|pair| (pair.key, text(pair.value))).collect()
}

fn text(value: Option<AnyValue>) -> String {
    use any_value::Value;
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(value)) => value,
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(Value::IntValue(value)) => value.to_string(),
        Some(Value::DoubleValue(value)) => value.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
