//! A failure writes one log line, with the order and its trace.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::eventually;

use crate::observed::{Line, ObservedShop};

/// Fields that every line has.
const FIELDS: [&str; 5] = ["timestamp", "level", "service", "target", "message"];
const TRACE: &str = "d000000000000000000000000000000";

/// Failures are soon retried or given up. Redis' time-outs are long, so that a busy machine logs no warnings.
const SETTINGS: e2e::Settings<'_> = &[
    ("catalog", "cache.redis_timeout_ms", "3000"),
    ("gateway", "rate_limit.timeout_ms", "3000"),
    ("payment", "worker.first_delay_ms", "100"),
    ("user", "database.acquire_timeout_ms", "500"),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_is_one_line_with_the_order_and_its_trace() {
    let shop = ObservedShop::open(SETTINGS).await;
    shop.product("RING", 100).await;
    let customer = shop.guest().register().await;

    // No failures: trace 1.
    let mut buyer = customer.clone().with_header("traceparent", &traceparent(1));
    let good = buyer.buy("RING", 1, "pm_card_visa").await;
    customer.wait_for(&good, "confirmed").await;
    let refused = buyer.buy("RING", 1, "pm_card_chargeDeclined").await;
    customer.wait_for(&refused, "rejected").await;
    let missing = buyer.try_get("/products/NOTHING").await;
    assert_eq!(missing.status, 404);

    // The provider fails three times: trace 2.
    shop.misbehave(
        "fail",
        json!({"next": 3, "status": 503, "operation": "create"}),
    )
    .await;
    let mut buyer = customer.clone().with_header("traceparent", &traceparent(2));
    let late = buyer.buy("RING", 1, "pm_card_visa").await;
    customer.wait_for(&late, "confirmed").await;

    // A database is down: trace 3.
    shop.proxies.user_db.cut();
    let reader = customer.clone().with_header("traceparent", &traceparent(3));
    let answer = reader.try_get("/me").await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    shop.proxies.user_db.restore();

    // A message cannot be handled: trace 4.
    change_payments(&shop, "UPDATE payments SET order_id = gen_random_uuid()").await;
    let staff = shop.staff().await;
    let staff = staff.with_header("traceparent", &traceparent(4));
    staff.ship(&late).await;
    eventually("there is a dead letter", async || {
        let list = staff.get("/staff/dead-letters?service=payment").await;
        (list["total"] == 1).then_some(())
    })
    .await;

    let output = shop.close().await;
    for line in &output.lines {
        assert!(
            line.json.is_object(),
            "{} writes {}",
            line.process,
            line.raw
        );
        for field in FIELDS {
            assert!(!line.text(field).is_empty(), "{field}: {}", line.raw);
        }
        assert!(
            line.process.starts_with(line.text("service")),
            "{}",
            line.raw
        );
    }
    let warnings = |trace: u8| -> Vec<&Line> {
        let lines = output.lines.iter().filter(|line| line.is_warning());
        lines
            .filter(|line| line.text("trace_id") == trace_id(trace))
            .collect()
    };
    assert!(warnings(1).is_empty(), "no failures: {:#?}", warnings(1));
    for (order, entries) in [
        (
            &good,
            &[
                "placed",
                "stock_reserved reserve catalog",
                "payment_authorized authorize payment",
                "reservation_committed commit catalog",
                "confirmed checkout order",
            ][..],
        ),
        (
            &refused,
            &[
                "placed",
                "stock_reserved reserve catalog",
                "payment_declined authorize payment",
                "stock_released release catalog",
                "rejected checkout order",
            ],
        ),
    ] {
        let lines = output.lines.iter();
        let mut about: Vec<&Line> = lines
            .filter(|line| line.text("order_id") == order)
            .collect();
        // Several processes wrote them.
        about.sort_by_key(|line| line.text("timestamp"));
        let timeline: Vec<String> = about.iter().map(|line| entry(line)).collect();
        let mut traces = about.iter().map(|line| line.text("trace_id"));
        assert_eq!(timeline, entries);
        assert!(traces.all(|trace| trace == trace_id(1)), "{about:#?}");
    }

    let attempts = warnings(2);
    let payment = attempts
        .iter()
        .all(|line| line.text("service") == "payment");
    assert!(payment, "only payment calls the provider: {attempts:#?}");
    let numbers: Vec<&Value> = attempts.iter().map(|line| &line.json["attempt"]).collect();
    assert_eq!(numbers, [1, 2, 3], "{attempts:#?}");
    assert!(
        attempts.iter().all(|line| line.text("order_id") == late),
        "{attempts:#?}"
    );

    let unavailable = by_process(&warnings(3));
    assert_eq!(
        unavailable,
        BTreeMap::from([("user", 1)]),
        "{:#?}",
        warnings(3)
    );

    let dead = warnings(4);
    assert_eq!(
        by_process(&dead),
        BTreeMap::from([("payment", 1)]),
        "{dead:#?}"
    );
    assert_eq!(dead[0].text("order_id"), late, "{dead:#?}");
}

/// An entry of the timeline: its kind and, if it ends a step or the checkout, which one and by which service.
fn entry(line: &Line) -> String {
    let kind = line.text("kind");
    match line.json["duration_ms"].as_u64() {
        Some(_) => format!("{kind} {} {}", line.text("step"), line.text("by")),
        None => kind.to_owned(),
    }
}

fn trace_id(number: u8) -> String {
    format!("{TRACE}{number}")
}

fn traceparent(number: u8) -> String {
    format!("00-{}-d00000000000000{number}-01", trace_id(number))
}

fn by_process<'a>(lines: &[&'a Line]) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line.text("service")).or_default() += 1;
    }
    counts
}

/// Changes payment's database directly.
async fn change_payments(shop: &ObservedShop, sql: &str) {
    let mut databases = shop.proxies.database_urls();
    let (_, url) = databases
        .find(|(service, _)| *service == "payment")
        .unwrap();
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    assert!(client.execute(sql, &[]).await.unwrap() > 0);
}
