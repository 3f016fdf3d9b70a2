//! The operations view in the console.

use contracts::operations::v1::*;
use futures_util::future::join_all;
use prost_types::Timestamp;

use super::browser::{Browser, member, shop};
use crate::shop::Shop;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn processes(shop: &Shop) {
    shop.services.on(|_: GetProcessRequest| {
        Ok(GetProcessResponse {
            version: "0.9.9".to_owned(),
            instance: "host-1".to_owned(),
            checks: vec![ReadinessCheck {
                name: "postgres".to_owned(),
                passed: false,
                problem: "not available".to_owned(),
            }],
            metrics: "dead_letters{queue=\"order.replies\"} 3\n\
                database_pool_connections_max 16\n\
                rpc_client_requests_total{upstream=\"user\",code=\"Ok\"} 1\n# EOF\n"
                .to_owned(),
            ..GetProcessResponse::default()
        })
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_viewers_of_the_overview_cause_one_call_to_each_service() {
    let shop = shop().await;
    processes(&shop);
    let browsers: Vec<Browser<'_>> = (0..10).map(|_| member(&shop, &["support"])).collect();
    let pages = join_all(browsers.iter().map(|it| it.open("/staff/system"))).await;
    for page in &pages {
        assert_eq!(page.status, 200, "{page:?}");
    }
    assert_eq!(shop.services.calls::<GetProcessRequest>().len(), 4);
    let text = &pages[0].text;
    // Support may not open the pages of services.
    assert!(!text.contains("/staff/system/services/"), "{text}");
    for part in [
        "postgres: not available",
        "host-1",
        "order.replies",
        "<strong>3</strong>",
        "<svg viewBox=\"0 0 1060 560\" role=\"img\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let live = browsers[0].open("/staff/system/live").await;
    assert_eq!(live.status, 200);
    assert!(live.text.contains("host-1") && !live.text.contains("<html"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_is_for_two_groups() {
    let shop = shop().await;
    processes(&shop);
    let page = member(&shop, &["warehouse"]).open("/staff/system").await;
    assert_eq!(page.status, 403);
    assert!(shop.services.calls::<GetProcessRequest>().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_shows_services_that_cannot_be_reached() {
    let shop = shop().await;
    let browser = member(&shop, &["admin"]);
    shop.stop_services();
    let page = browser.open("/staff/system").await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.text.matches("Unreachable").count() >= 4);
    assert!(
        page.text
            .contains("href=\"/staff/system/services/gateway\"")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_is_found_and_its_spans_are_shown() {
    let shop = shop().await;
    let started_at = || {
        Some(Timestamp {
            seconds: 1_700_000_000,
            nanos: 0,
        })
    };
    shop.services.on(move |_: ListTracesRequest| {
        let trace = Trace {
            trace_id: TRACE.to_owned(),
            name: "POST /api/v1/orders".to_owned(),
            started_at: started_at(),
            duration_us: 12_000,
            spans: 1,
            ..Trace::default()
        };
        Ok(ListTracesResponse {
            traces: vec![trace],
        })
    });
    shop.services.on(move |request: ListSpansRequest| {
        assert_eq!(request.trace_id, TRACE);
        let span = Span {
            span_id: "00f067aa0ba902b7".to_owned(),
            name: "INSERT <outbox>".to_owned(),
            kind: "client".to_owned(),
            started_at: started_at(),
            duration_us: 12_000,
            failed: true,
            attributes: [("error.type".to_owned(), "23505".to_owned())].into(),
            ..Span::default()
        };
        Ok(ListSpansResponse { spans: vec![span] })
    });
    let browser = member(&shop, &["support"]);
    let list = browser.open("/staff/system/traces").await;
    let path = format!("/staff/system/traces/{TRACE}");
    assert!(list.text.contains(&path), "{list:?}");
    // All four report the same trace.
    assert_eq!(list.text.matches(&path).count(), 1);
    let page = browser.open(&path).await;
    assert_eq!(page.status, 200, "{page:?}");
    for part in ["INSERT &#60;outbox&#62;", "23505", "12 ms", "Has errors"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let unknown = browser.open("/staff/system/traces/none").await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_described() {
    let shop = shop().await;
    shop.services.on(|_: DescribeServiceRequest| {
        Ok(DescribeServiceResponse {
            rpcs: vec![Rpc {
                path: "/mercantile.order.v1.OrderService/ShipOrder".to_owned(),
                access: RpcAccess::Staff.into(),
                groups: vec!["warehouse".to_owned()],
                callers: vec!["gateway".to_owned()],
            }],
            tables: vec![Table {
                name: "orders".to_owned(),
                estimated_rows: Some(12_345),
                bytes: 3 << 20,
            }],
            configuration: "database.url = \"[redacted]\"\n".to_owned(),
            ..DescribeServiceResponse::default()
        })
    });
    let browser = member(&shop, &["admin"]);
    let page = browser.open("/staff/system/services/order").await;
    for part in ["ShipOrder", "warehouse", "12,345", "3 MiB", "[redacted]"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let own = browser.open("/staff/system/services/gateway").await;
    assert!(own.text.contains("telemetry.log = "), "{}", own.text);
    let unknown = browser.open("/staff/system/services/nobody").await;
    assert_eq!(unknown.status, 404);
}
