//! The state of a process, over its RPCs.

use chassis::telemetry;
use contracts::operations::v1::system_service_client::SystemServiceClient;
use contracts::operations::v1::{
    DescribeServiceRequest, GetProcessRequest, ListSpansRequest, ListTracesRequest, RpcAccess,
};
use kernel::UserId;
use testkit::{Proxy, eventually, is_ready, with_token};
use tonic::Code;

use crate::support::{World, channel, service};

#[tokio::test(flavor = "multi_thread")]
async fn staff_of_two_groups_see_the_process() {
    let world = World::new().await;
    let (postgres, url) = Proxy::in_front_of(&world.database.url).await;
    let source = world.source().set("database.url", url);
    let source = source.set("database.acquire_timeout_ms", 200);
    let running = service(&source).start().await.unwrap();
    let admin = running.admin_url();
    let ready = async || is_ready(&admin).await.then_some(());
    eventually("the service to be ready", ready).await;
    let mut client = SystemServiceClient::new(channel(&running));
    let request = GetProcessRequest::default;
    let warehouse = world.issuer.staff_token(UserId::generate(), &["warehouse"]);
    let refused = client.get_process(with_token(&warehouse, request())).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);

    let support = world.issuer.staff_token(UserId::generate(), &["support"]);
    let process = client.get_process(with_token(&support, request())).await;
    let process = process.unwrap().into_inner();
    assert_eq!(
        (process.service.as_str(), process.version.as_str()),
        ("small", "0.1.0")
    );
    assert!(process.ready && process.started_at.is_some() && !process.instance.is_empty());
    assert!(process.metrics.contains("\nprocess_cpu_seconds_total "));
    assert!(process.metrics.ends_with("# EOF\n"));

    postgres.cut();
    let failing = async || {
        let process = client.get_process(with_token(&support, request())).await;
        let process = process.unwrap().into_inner();
        let failing = process.checks.into_iter().filter(|check| !check.passed);
        let names: Vec<String> = failing.map(|check| check.name).collect();
        (!process.ready && names == ["postgres"]).then_some(())
    };
    eventually("the failing check to be named", failing).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_describes_itself_without_secrets() {
    let world = World::new().await;
    let running = world.service().start().await.unwrap();
    let mut client = SystemServiceClient::new(channel(&running));
    let staff = world.issuer.token(UserId::generate(), "staff");
    let described = client
        .describe_service(with_token(&staff, DescribeServiceRequest {}))
        .await;
    let described = described.unwrap().into_inner();
    let access = |path: &str| {
        let rpc = described.rpcs.iter().find(|rpc| rpc.path.ends_with(path));
        rpc.map(|rpc| (rpc.access(), rpc.groups.join(" "), rpc.callers.join(" ")))
    };
    let gateway = || "gateway".to_owned();
    assert_eq!(
        access("/StartReconciliation"),
        Some((RpcAccess::Public, String::new(), gateway()))
    );
    assert_eq!(
        access("/DescribeService"),
        Some((RpcAccess::Staff, "admin".to_owned(), gateway()))
    );
    let tables: Vec<&str> = described
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .collect();
    assert!(tables.contains(&"operator_actions"), "{tables:?}");
    assert!(!tables.contains(&"pg_class"), "{tables:?}");
    let settings = described.configuration;
    assert!(settings.contains("database.url = \"postgres://"));
    assert!(settings.contains("tokens.secrets = \"[redacted]\""));
    assert!(!settings.contains(testkit::TOKEN_SECRET));
    running.stop().await;
}

/// The subscriber is global, so this is one test; nextest runs it in a separate process.
#[tokio::test(flavor = "multi_thread")]
async fn the_spans_of_a_trace_are_listed_without_a_collector() {
    let world = World::new().await;
    let config = telemetry::Config {
        recent_spans: 50,
        log: "off".to_owned(),
        ..telemetry::Config::default()
    };
    let (name, version) = ("small", "0.1.0");
    let _guard = telemetry::init(&config, telemetry::Process { name, version }).unwrap();
    let running = world.service().start().await.unwrap();
    let mut client = SystemServiceClient::new(channel(&running));
    let staff = world.issuer.token(UserId::generate(), "staff");
    let refused = client
        .list_spans(with_token(&staff, ListSpansRequest::default()))
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);

    let trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let mut request = with_token(&staff, DescribeServiceRequest {});
    let parent = format!("00-{trace_id}-00f067aa0ba902b7-01");
    let metadata = request.metadata_mut();
    metadata.insert("traceparent", parent.parse().unwrap());
    client.describe_service(request).await.unwrap();

    let request = || {
        let trace_id = trace_id.to_owned();
        with_token(&staff, ListSpansRequest { trace_id })
    };
    let name = "mercantile.operations.v1.SystemService/DescribeService";
    let listed = async || {
        let spans = client.list_spans(request()).await.unwrap().into_inner();
        let span = spans.spans.iter().find(|span| span.name == name)?.clone();
        Some((span, spans.spans))
    };
    let (span, spans) = eventually("the span of the call to end", listed).await;
    assert_eq!(
        (span.kind.as_str(), span.parent_span_id.as_str()),
        ("server", "00f067aa0ba902b7")
    );
    assert_eq!(span.attributes["rpc.response.status_code"], "OK");
    let below = spans.iter().filter(|it| it.parent_span_id == span.span_id);
    assert!(below.count() > 0, "the statement is a span: {spans:?}");
    let traces = client
        .list_traces(with_token(&staff, ListTracesRequest {}))
        .await;
    let traces = traces.unwrap().into_inner().traces;
    let trace = traces.iter().find(|trace| trace.trace_id == trace_id);
    let trace = trace.unwrap();
    assert_eq!((trace.name.as_str(), trace.began_here), (name, false));
    running.stop().await;
}
