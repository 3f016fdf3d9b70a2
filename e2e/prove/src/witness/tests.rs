#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::{View, Witness, may_follow};

fn view(status: &str) -> View {
    View {
        id: "o1".to_owned(),
        customer: "ada".to_owned(),
        status: status.to_owned(),
        total: 500,
        refunds: Vec::new(),
    }
}

fn accepted() -> Witness {
    let witness = Witness::new();
    witness.checks_out("k1", "ada");
    witness.accepted("k1", &view("pending"), false);
    witness
}

#[test]
fn orders_only_go_forward() {
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
fn a_status_that_goes_back_is_odd() {
    let witness = accepted();
    witness.saw(&view("confirmed"));
    assert!(witness.told().oddities.is_empty());
    witness.saw(&view("pending"));
    assert_eq!(
        witness.told().oddities,
        ["order o1 was told to be pending after it was told to be confirmed"]
    );
}

#[test]
fn a_replayed_acceptance_is_no_news() {
    let witness = accepted();
    witness.saw(&view("confirmed"));
    witness.accepted("k1", &view("pending"), false);
    let book = witness.told();
    assert!(book.oddities.is_empty());
    assert_eq!(book.orders["o1"].status, "confirmed");
    assert_eq!(book.tally.accepted, 1);
}

#[test]
fn every_order_that_a_key_was_answered_with_is_kept() {
    let witness = accepted();
    let other = View {
        id: "o2".to_owned(),
        ..view("pending")
    };
    witness.accepted("k1", &other, false);
    assert_eq!(witness.told().checkouts["k1"].orders.len(), 2);
}

#[test]
fn another_total_is_odd() {
    let witness = accepted();
    let dearer = View {
        total: 501,
        ..view("pending")
    };
    witness.saw(&dearer);
    assert_eq!(
        witness.told().oddities,
        ["order o1 was told to cost 501 after it was told to cost 500"]
    );
}

#[test]
fn a_refund_may_fail_late_and_never_comes_back() {
    let witness = accepted();
    let with = |status: &str| View {
        refunds: vec![("r1".to_owned(), 100, status.to_owned())],
        ..view("pending")
    };
    witness.saw(&with("requested"));
    witness.saw(&with("succeeded"));
    witness.saw(&with("failed"));
    assert!(witness.told().oddities.is_empty());
    assert!(witness.told().orders["o1"].refunds["r1"].succeeded);
    witness.saw(&with("succeeded"));
    assert_eq!(
        witness.told().oddities,
        ["refund r1 was told to be succeeded after it had failed"]
    );
}

#[test]
fn a_checkout_is_answered_by_an_order_or_a_refusal() {
    let witness = accepted();
    witness.checks_out("k2", "ada");
    witness.unclear("k2", "503 unavailable".to_owned());
    assert!(witness.told().checkouts["k1"].is_answered());
    assert!(!witness.told().checkouts["k2"].is_answered());
    witness.refused("k2", "cart-empty");
    assert!(witness.told().checkouts["k2"].is_answered());
}
