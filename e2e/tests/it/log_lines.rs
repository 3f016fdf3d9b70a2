//! A log is read when something is wrong: one line a failure, with the order and its trace.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::eventually;

use crate::watched::{Line, Watched};

/// Every process tells of its life; what follows here is told of by nobody else.
const FIELDS: [&str; 5] = ["timestamp", "level", "service", "target", "message"];
const TRACE: &str = "d000000000000000000000000000000";

/// Soon tried again, or given up; but a machine that is busy makes no alarm.
const EAGER: e2e::Settings<'_> = &[
    ("catalog", "cache.redis_timeout_ms", "3000"),
    ("gateway", "rate_limit.timeout_ms", "3000"),
    ("payment", "worker.first_delay_ms", "100"),
    ("user", "database.acquire_timeout_ms", "500"),
];

#[tokio::test(flavor = "multi_thread")]
async fn one_failure_is_one_line_that_names_the_order_and_its_trace() {
    let shop = Watched::open(EAGER).await;
    shop.product("RING", 100).await;
    let customer = shop.guest().register().await;

    // All is well.
    let mut buyer = customer.clone().carrying("traceparent", &traceparent(1));
    let good = buyer.buy("RING", 1, "pm_card_visa").await;
    customer.wait_for(&good, "confirmed").await;
    let refused = buyer.buy("RING", 1, "pm_card_chargeDeclined").await;
    customer.wait_for(&refused, "rejected").await;
    let missing = buyer.get_answer("/products/NOTHING").await;
    assert_eq!(missing.status, 404);

    // The provider is away for three tries.
    shop.misbehave(
        "fail",
        json!({"next": 3, "status": 503, "operation": "create"}),
    )
    .await;
    let mut buyer = customer.clone().carrying("traceparent", &traceparent(2));
    let late = buyer.buy("RING", 1, "pm_card_visa").await;
    customer.wait_for(&late, "confirmed").await;

    // A database is away.
    shop.ways.user_db.cut();
    let asking = customer.clone().carrying("traceparent", &traceparent(3));
    let answer = asking.get_answer("/me").await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    shop.ways.user_db.restore();

    // A message that can not be handled.
    books(&shop, "UPDATE payments SET order_id = gen_random_uuid()").await;
    let staff = shop.staff().await;
    let staff = staff.carrying("traceparent", &traceparent(4));
    staff.ship(&late).await;
    eventually("there is a dead letter", async || {
        let list = staff.get("/staff/dead-letters?service=payment").await;
        (list["total"] == 1).then_some(())
    })
    .await;

    let told = shop.close().await;
    for line in &told.lines {
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
    let alarms = |trace: u8| -> Vec<&Line> {
        let lines = told.lines.iter().filter(|line| line.is_alarming());
        lines
            .filter(|line| line.text("trace_id") == trace_id(trace))
            .collect()
    };
    assert!(alarms(1).is_empty(), "nothing was wrong: {:#?}", alarms(1));
    for (order, kinds) in [
        (&good, &["placed", "confirmed"][..]),
        (&refused, &["placed", "payment_declined", "rejected"]),
    ] {
        let lines = told.lines.iter();
        let mut about: Vec<&Line> = lines
            .filter(|line| line.text("order_id") == order)
            .collect();
        // Two processes have written them.
        about.sort_by_key(|line| line.text("timestamp"));
        let told: Vec<&str> = about.iter().map(|line| line.text("kind")).collect();
        let mut traces = about.iter().map(|line| line.text("trace_id"));
        assert_eq!(told, kinds);
        assert!(traces.all(|trace| trace == trace_id(1)), "{about:#?}");
    }

    let tries = alarms(2);
    let payment = tries.iter().all(|line| line.text("service") == "payment");
    assert!(payment, "only payment asks the provider: {tries:#?}");
    let numbers: Vec<&Value> = tries.iter().map(|line| &line.json["attempt"]).collect();
    assert_eq!(numbers, [1, 2, 3], "{tries:#?}");
    assert!(
        tries.iter().all(|line| line.text("order_id") == late),
        "{tries:#?}"
    );

    let away = by_process(&alarms(3));
    assert_eq!(away, BTreeMap::from([("user", 1)]), "{:#?}", alarms(3));

    let dead = alarms(4);
    assert_eq!(
        by_process(&dead),
        BTreeMap::from([("payment", 1)]),
        "{dead:#?}"
    );
    assert_eq!(dead[0].text("order_id"), late, "{dead:#?}");
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

/// Writes into payment's books behind its back.
async fn books(shop: &Watched, sql: &str) {
    let mut databases = shop.ways.database_urls();
    let (_, url) = databases
        .find(|(service, _)| *service == "payment")
        .unwrap();
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    assert!(client.execute(sql, &[]).await.unwrap() > 0);
}
