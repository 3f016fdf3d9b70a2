use std::sync::{Arc, Mutex};

use chassis::telemetry::{self, Config, LogFormat, TraceContext};
use contracts::catalog::v1::GetProductRequest;
use contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};
use tracing::Instrument;

use crate::support::{TestServer, upstream};

const TEST: telemetry::Process = telemetry::Process {
    name: "test",
    version: "1.2.3",
};

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let spans = request
            .into_inner()
            .resource_spans
            .into_iter()
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans);
        self.0.lock().unwrap().extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

async fn collector() -> (Collector, String) {
    let collector = Collector::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tonic::transport::Server::builder()
        .add_service(TraceServiceServer::new(collector.clone()))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    (collector, url)
}

/// The subscriber is global, so this is one test; nextest runs it in a separate process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_covers_a_caller_and_two_servers() {
    let (collector, url) = collector().await;
    let config = Config {
        otlp_endpoint: url,
        log: "off".to_owned(), // traces do not depend on the log's filter
        log_format: LogFormat::Json,
        ..Config::default()
    };
    let guard = telemetry::init(&config, TEST).unwrap();

    let second = TestServer::start(async |_| Ok(())).await;
    let onward = upstream("catalog", &second.running.url());
    let first = TestServer::start(move |_| {
        let mut client = CatalogServiceClient::new(onward.clone());
        async move {
            client.get_product(GetProductRequest::default()).await?;
            Ok(())
        }
    })
    .await;
    let mut client = first.client();
    let click = async {
        client
            .get_product(GetProductRequest::default())
            .await
            .unwrap();
        telemetry::current_trace_id().unwrap()
    };
    let trace = click.instrument(tracing::info_span!("click")).await;
    let header = second.seen()[0].headers["traceparent"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        header.starts_with(&format!("00-{trace}-")) && header.ends_with("-01"),
        "{header}"
    );

    let span = tracing::info_span!("message");
    let context = TraceContext::from_headers(Some(&header), []).unwrap();
    telemetry::set_parent(&span, &context);
    assert_eq!(
        span.in_scope(telemetry::current_trace_id).as_deref(),
        Some(trace.as_str())
    );
    drop(span);

    // The same with the hooks for crates without OpenTelemetry.
    let span = tracing::info_span!("publish");
    contracts::trace::set_parent(&span, &context);
    let published = contracts::trace::context_of(&span).unwrap();
    assert!(
        published.traceparent.starts_with(&format!("00-{trace}-")),
        "{published:?}"
    );
    assert_eq!(
        span.in_scope(contracts::trace::current).as_ref(),
        Some(&published)
    );
    drop(span);

    guard.flush().await;
    let spans = collector.0.lock().unwrap().clone();
    let of_trace: Vec<&str> = spans
        .iter()
        .filter(|span| {
            span.trace_id
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
                == trace
        })
        .map(|span| span.name.as_str())
        .collect();
    let rpc = "mercantile.catalog.v1.CatalogService/GetProduct";
    let rpcs = of_trace.iter().filter(|name| **name == rpc).count();
    assert_eq!(rpcs, 4, "two clients, two servers: {of_trace:?}");
    assert!(
        of_trace.contains(&"click") && of_trace.contains(&"message"),
        "{of_trace:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreachable_collector_does_not_affect_calls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = Config {
        otlp_endpoint: format!("http://{}", listener.local_addr().unwrap()),
        log: "off".to_owned(),
        ..Config::default()
    };
    drop(listener);
    let guard = telemetry::init(&config, TEST).unwrap();
    let server = TestServer::start(async |_| Ok(())).await;
    server
        .client()
        .get_product(GetProductRequest::default())
        .await
        .unwrap();
    guard.flush().await;
}

#[tokio::test]
async fn without_a_collector_a_trace_still_has_an_id() {
    let guard = telemetry::init(
        &Config {
            log: "off".to_owned(),
            ..Config::default()
        },
        TEST,
    )
    .unwrap();
    let span = tracing::info_span!("request");
    let traceparent = span.in_scope(telemetry::current_traceparent).unwrap();
    assert_eq!(traceparent.len(), 55, "{traceparent}");
    assert_eq!(
        telemetry::current_traceparent(),
        None,
        "there is none outside of a span"
    );
    guard.flush().await;
}

#[tokio::test]
async fn a_filter_that_does_not_parse_is_named() {
    let config = Config {
        log: "order=loud".to_owned(),
        ..Config::default()
    };
    let error = telemetry::init(&config, TEST).unwrap_err();
    assert!(format!("{error:#}").contains("telemetry.log"), "{error:#}");
}
