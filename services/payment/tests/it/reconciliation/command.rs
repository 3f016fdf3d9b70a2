//! The command `payment reconcile`.

use serde_json::json;

use super::{IMMEDIATE, capture_at_provider};
use crate::support::Shop;

struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

async fn reconcile(shop: &Shop, arguments: &[&str]) -> Ended {
    let mut program = shop.program(&[&["reconcile"], arguments].concat());
    let output = tokio::task::spawn_blocking(move || program.output().unwrap());
    let output = output.await.unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A shop with one captured payment.
async fn shop_with_a_payment() -> Shop {
    let mut shop = Shop::without_payment(IMMEDIATE).await;
    shop.start_payment().await;
    shop.captured().await;
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_exits_with_0_without_differences() {
    let mut shop = shop_with_a_payment().await;
    shop.stop_payment().await;
    let ended = reconcile(&shop, &[]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        ended
            .out
            .starts_with("1 payments and 1 intents compared in "),
        "{}",
        ended.out
    );
    assert!(ended.out.ends_with("everything agrees\n"), "{}", ended.out);
    assert!(ended.err.contains("reconciling 20"), "{}", ended.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_prints_a_table_and_exits_with_1_if_there_are_differences() {
    let shop = shop_with_a_payment().await;
    let order = shop.authorized().await;
    let id = capture_at_provider(&shop, &order).await;
    let ended = reconcile(&shop, &["--from", "2026-01-01"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    let lines: Vec<&str> = ended.out.lines().collect();
    let cells =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    let head = ["KIND", "ORDER", "PAYMENT", "PROVIDER", "OURS", "THEIRS"];
    assert_eq!(cells(lines[0]), head);
    let (order_id, payment_id) = (order.id.to_string(), order.payment_id.to_string());
    let row = [
        "status",
        &order_id,
        &payment_id,
        &id,
        "authorized",
        "succeeded",
    ];
    assert_eq!(cells(lines[1]), row);
    for (above, below) in [("ORDER", order_id.as_str()), ("THEIRS", "succeeded")] {
        assert_eq!(lines[0].find(above), lines[1].find(below));
    }
    assert!(lines[2].ends_with("1 difference"), "{}", lines[2]);
    assert_eq!(lines.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_compares_the_given_window() {
    let shop = shop_with_a_payment().await;
    let ended = reconcile(&shop, &["--from=2026-01-01", "--until=2026-01-02"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        ended.out.starts_with("0 payments and 0 intents"),
        "{}",
        ended.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_follows_a_waiting_run_unless_a_window_is_given() {
    // No replica runs, so only the command can carry it out.
    let shop = Shop::without_payment(IMMEDIATE).await;
    let id = "00000000-0000-7000-8000-000000000000";
    let waiting = format!(
        "INSERT INTO reconciliations (id, origin, window_from, window_until, requested_at)
         VALUES ('{id}', 'schedule', now() - interval '1 day', now(), now())"
    );
    shop.sql.execute(&waiting).await.unwrap();
    let refused = reconcile(&shop, &["--from", "2026-01-01"]).await;
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(refused.err.contains("try again later"), "{}", refused.err);
    let followed = reconcile(&shop, &[]).await;
    assert_eq!(followed.code, Some(0), "{}", followed.err);
    assert!(followed.err.contains(id), "{}", followed.err);
    assert_eq!(shop.sql.count("reconciliations").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_exits_with_2_if_it_cannot_run() {
    let shop = shop_with_a_payment().await;
    let ended = reconcile(&shop, &["--form", "2026-01-01"]).await;
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
    assert!(ended.err.contains("--form"), "{}", ended.err);

    let outage = json!({"next": 1_000, "status": 500, "operation": "read"});
    shop.control("fail", outage).await;
    let ended = reconcile(&shop, &[]).await;
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
    assert!(ended.err.contains("500"), "{}", ended.err);
}
