#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::{OrderView, Recorder, may_follow};

fn view(status: &str) -> OrderView {
    OrderView {
        id: "o1".to_owned(),
        customer: "ada".to_owned(),
        status: status.to_owned(),
        total: 500,
        refunds: Vec::new(),
    }
}

fn recorder_with_order() -> Recorder {
    let recorder = Recorder::new();
    recorder.checkout_started("k1", "ada");
    recorder.checkout_accepted("k1", &view("pending"), false);
    recorder
}

#[test]
fn statuses_only_go_forward() {
    let forward = [
        ("pending", "confirmed"),
        ("pending", "rejected"),
        ("pending", "delivered"),
        ("confirmed", "cancelled"),
        ("confirmed", "delivered"),
        ("shipped", "delivered"),
        ("rejected", "rejected"),
    ];
    let back = [
        ("confirmed", "pending"),
        ("confirmed", "rejected"),
        ("shipped", "cancelled"),
        ("delivered", "shipped"),
        ("rejected", "confirmed"),
        ("cancelled", "shipped"),
        ("pending", "nonsense"),
    ];
    for (before, after) in forward {
        assert!(may_follow(before, after), "{before} to {after}");
    }
    for (before, after) in back {
        assert!(!may_follow(before, after), "{before} to {after}");
    }
}

#[test]
fn a_status_that_goes_back_is_an_anomaly() {
    let recorder = recorder_with_order();
    recorder.order_read(&view("confirmed"));
    assert!(recorder.snapshot().anomalies.is_empty());
    recorder.order_read(&view("pending"));
    assert_eq!(
        recorder.snapshot().anomalies,
        ["order o1: status pending was reported after confirmed"]
    );
}

#[test]
fn a_replayed_answer_does_not_report_a_status() {
    let recorder = recorder_with_order();
    recorder.order_read(&view("confirmed"));
    recorder.checkout_accepted("k1", &view("pending"), false);
    let history = recorder.snapshot();
    assert!(history.anomalies.is_empty());
    assert_eq!(history.orders["o1"].status, "confirmed");
    assert_eq!(history.tally.accepted, 1);
}

#[test]
fn every_order_of_a_key_is_recorded() {
    let recorder = recorder_with_order();
    let other = OrderView {
        id: "o2".to_owned(),
        ..view("pending")
    };
    recorder.checkout_accepted("k1", &other, false);
    assert_eq!(recorder.snapshot().checkouts["k1"].orders.len(), 2);
}

#[test]
fn a_changed_total_is_an_anomaly() {
    let recorder = recorder_with_order();
    let changed = OrderView {
        total: 501,
        ..view("pending")
    };
    recorder.order_read(&changed);
    assert_eq!(
        recorder.snapshot().anomalies,
        ["order o1: total 501 was reported after 500"]
    );
}

#[test]
fn a_refund_may_fail_late_but_not_succeed_after_that() {
    let recorder = recorder_with_order();
    let with = |status: &str| OrderView {
        refunds: vec![("r1".to_owned(), 100, status.to_owned())],
        ..view("pending")
    };
    recorder.order_read(&with("requested"));
    recorder.order_read(&with("succeeded"));
    recorder.order_read(&with("failed"));
    assert!(recorder.snapshot().anomalies.is_empty());
    assert!(recorder.snapshot().orders["o1"].refunds["r1"].succeeded);
    recorder.order_read(&with("succeeded"));
    assert_eq!(
        recorder.snapshot().anomalies,
        ["refund r1: status succeeded was reported after failed"]
    );
}

#[test]
fn a_checkout_is_answered_by_an_order_or_a_refusal() {
    let recorder = recorder_with_order();
    recorder.checkout_started("k2", "ada");
    recorder.checkout_unknown("k2", "503 unavailable".to_owned());
    assert!(recorder.snapshot().checkouts["k1"].is_answered());
    assert!(!recorder.snapshot().checkouts["k2"].is_answered());
    recorder.checkout_refused("k2", "cart-empty");
    assert!(recorder.snapshot().checkouts["k2"].is_answered());
}
