//! Lists of orders read ranges of indexes, whatever the filter and however deep the page.

use contracts::order::v1::order_service_client::OrderServiceClient;
use contracts::order::v1::*;
use prost_types::Timestamp;
use testkit::eventually;
use tonic::transport::Channel;

use crate::support::{App, Person};

/// Of all customers.
fn all() -> ListOrdersRequest {
    ListOrdersRequest {
        all_customers: true,
        ..ListOrdersRequest::default()
    }
}

/// 3,000 confirmed orders, one an hour, each of another account.
const MANY: &str = "
    CREATE TABLE many AS
        SELECT n, '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 hour' AS at, gen_random_uuid() AS customer_id
        FROM generate_series(0, 2999) AS n;
    INSERT INTO orders (id, customer_id, status, currency, lines_minor, discount_minor, shipping_minor, tax_minor,
        total_minor, recipient, line1, line2, city, region, postal_code, country, payment_method, reservation_id,
        payment_id, placed_at, updated_at, number)
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid,
        customer_id, 'confirmed', 'EUR', 0, 0, 0, 0, 0, '', '', '', '', '', '', 'DE', '', gen_random_uuid(),
        gen_random_uuid(), at, at, overlay(lpad(n::text, 8, '0') PLACING '-' FROM 5 FOR 0) || '-0'
    FROM many;
    INSERT INTO sagas (order_id, status, attempts, updated_at, since)
    SELECT id, 'done', 0, placed_at, placed_at FROM orders;
    ANALYZE orders;
    ANALYZE sagas;
    SELECT pg_stat_force_next_flush()";

/// The rows of `orders` and `sagas` that were read so far, as far as connections have reported it.
async fn rows_read(app: &App) -> i64 {
    let read = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint::text AS value
        FROM pg_stat_user_tables WHERE relname IN ('orders', 'sagas')";
    app.text(read).await.parse().unwrap()
}

async fn count(
    client: &mut OrderServiceClient<Channel>,
    staff: &Person,
    request: ListOrdersRequest,
) -> (usize, String) {
    let request = ListOrdersRequest {
        page_size: 5,
        ..request
    };
    let answer = client.list_orders(staff.request(request)).await;
    let page = answer.unwrap().into_inner();
    (page.summaries.len(), page.next_page_token)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_filter_and_no_page_reads_many_orders() {
    let app = App::start().await;
    app.sql(MANY).await;
    let staff = app.staff();
    let customer_id = app
        .text("SELECT customer_id::text AS value FROM many WHERE n = 7")
        .await;
    let before = rows_read(&app).await;
    // Its connections report what they read when they close.
    let replica = app.replica().await;
    let mut client = OrderServiceClient::connect(replica.url()).await.unwrap();

    // 2026-02-11T16:00Z, the hour 1,000 of them.
    let hour = |hours: i64| {
        let seconds = 1_767_225_600 + 3_600 * hours;
        Some(Timestamp { seconds, nanos: 0 })
    };
    let confirmed = OrderStatus::Confirmed.into();
    let window = ListOrdersRequest {
        since: hour(1_000),
        until: hour(1_003),
        ..all()
    };
    let narrow = [
        (window.clone(), 3),
        (
            ListOrdersRequest {
                status: confirmed,
                ..window.clone()
            },
            3,
        ),
        (
            ListOrdersRequest {
                customer_id: customer_id.clone(),
                ..all()
            },
            1,
        ),
        (
            ListOrdersRequest {
                customer_id,
                status: confirmed,
                since: hour(0),
                until: hour(2_000),
                ..all()
            },
            1,
        ),
        (
            ListOrdersRequest {
                number: "0000-0000-0".to_owned(),
                ..all()
            },
            1,
        ),
        (
            ListOrdersRequest {
                status: OrderStatus::Pending.into(),
                ..all()
            },
            0,
        ),
    ];
    for (request, expected) in narrow {
        assert_eq!(count(&mut client, &staff, request).await.0, expected);
    }
    // The first pages of a long list, and pages deep in it.
    for (status, until) in [
        (0, hour(1_500)),
        (confirmed, hour(1_500)),
        (0, None),
        (confirmed, None),
    ] {
        let mut request = ListOrdersRequest {
            status,
            until,
            ..all()
        };
        for _ in 0..3 {
            let (orders, next) = count(&mut client, &staff, request.clone()).await;
            assert_eq!(orders, 5);
            request.page_token = next;
        }
    }
    drop(client);
    replica.stop().await;
    let read = eventually("the replica's connections have reported", async || {
        Some(rows_read(&app).await - before).filter(|read| *read > 100)
    })
    .await;
    // 81 orders and their sagas are on these pages; some more are at the ends of the ranges, and the
    // process reads some in the background. A list that reads its whole range reads 1,500 and more.
    let scans = app
        .text(
            "SELECT string_agg(concat_ws(' ', relname, seq_scan, seq_tup_read, idx_scan, idx_tup_fetch), ', ') AS value
             FROM pg_stat_user_tables WHERE relname IN ('orders', 'sagas')",
        )
        .await;
    assert!(
        read < 1_000,
        "{read} rows; table, scans, rows, index scans, rows: {scans}"
    );
}
