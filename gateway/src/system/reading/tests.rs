use std::time::Duration;

use super::*;

const TEXT: &str = r#"process_cpu_seconds_total 3.5
process_resident_memory_bytes 1048576.0
rpc_server_requests_total{rpc_service="mercantile.order.v1.OrderService",rpc_method="GetOrder",code="Ok"} 5
rpc_server_requests_total{rpc_service="mercantile.order.v1.OrderService",rpc_method="GetOrder",code="NotFound"} 2
rpc_server_requests_total{rpc_service="mercantile.order.v1.OrderService",rpc_method="GetOrder",code="Internal"} 1
rpc_server_requests_total{rpc_service="mercantile.operations.v1.SystemService",rpc_method="GetProcess",code="Ok"} 99
rpc_client_requests_total{upstream="payment",rpc_service="s",rpc_method="m",code="Ok"} 3
rpc_client_requests_total{upstream="payment_webhooks",rpc_service="s",rpc_method="m",code="Unavailable"} 1
rpc_client_duration_seconds_bucket{upstream="payment",rpc_service="s",rpc_method="m",le="0.1"} 4
rpc_client_duration_seconds_bucket{upstream="payment",rpc_service="s",rpc_method="m",le="+Inf"} 4
rpc_client_duration_seconds_sum{upstream="payment",rpc_service="s",rpc_method="m"} 0.2
upstream_circuit_open{upstream="payment"} 0
upstream_circuit_open{upstream="payment_webhooks"} 1
messages_published_total{type="t",outcome="confirmed"} 8
messages_published_total{type="t",outcome="timed_out"} 2
messages_consumed_total{queue="order.replies",outcome="handled"} 6
messages_consumed_total{queue="order.replies",outcome="retried"} 3
messages_consumed_total{queue="order.replies",outcome="dead"} 1
queue_messages_ready{queue="order.replies"} 4
dead_letters{queue="order.replies"} 1
outbox_pending 7
outbox_lag_seconds 1.5
database_pool_connections_in_use 2
database_pool_connections_max 16
sagas_in_flight{step="authorize",state="stuck"} 1
orders_placed_total 12
orders_rejected_total{reason="out_of_stock"} 2
orders_rejected_total{reason="payment_declined"} 3
http_server_request_duration_seconds_count{method="GET",route="/",status="200"} 9
http_server_request_duration_seconds_count{method="GET",route="/",status="503"} 1
http_server_request_duration_seconds_count{method="GET",route="/staff/system/live",status="200"} 50
# EOF
"#;

#[test]
fn a_text_is_read_into_flows_and_states() {
    let reading = Reading::of(TEXT);
    assert_eq!(reading.served.calls, 8.0);
    assert_eq!(reading.served.failed, 1.0);
    let second = Duration::from_secs(1);
    let payment = reading.called["payment"].traffic(second);
    assert_eq!((payment.per_second, payment.error_share), (4.0, 0.25));
    assert_eq!(payment.mean_ms, Some(50.0));
    assert!(reading.breakers["payment"]);
    assert_eq!(reading.published.failed, 2.0);
    assert_eq!(reading.consumed["order.replies"].failed, 4.0);
    let depth = Depth {
        ready: 4.0,
        retrying: 0.0,
        dead: 1.0,
    };
    assert_eq!(reading.queues["order.replies"], depth);
    assert_eq!((reading.outbox.pending, reading.outbox.lag_s), (7.0, 1.5));
    let pool = reading.pool.unwrap();
    assert_eq!((pool.in_use, pool.max), (2.0, 16.0));
    let stuck = ("stuck".to_owned(), "authorize".to_owned());
    assert_eq!(reading.sagas[&stuck], 1.0);
    assert_eq!(
        (reading.orders.placed, reading.orders.rejected),
        (12.0, 5.0)
    );
    let requests: Vec<(char, f64)> = reading.requests.into_iter().collect();
    assert_eq!(requests, [('2', 9.0), ('5', 1.0)]);
}

#[test]
fn a_service_without_a_database_has_no_pool() {
    assert_eq!(Reading::of("process_threads 4\n").pool, None);
}
