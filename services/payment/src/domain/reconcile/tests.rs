#![allow(clippy::expect_used, reason = "tests fail by panicking")]

use chrono::{DateTime, Utc};
use kernel::{Currency, OrderId, PaymentId};

use super::*;

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("a time")
}

fn ours(status: Status) -> Ours {
    let mut ours = Ours {
        id: PaymentId::generate(),
        order_id: OrderId::generate(),
        status,
        amount: Some(Money::new(1299, Currency::EUR)),
        refunded: 0,
        reference: Some("pi_1".to_owned()),
        created_at: at(),
        updated_at: at(),
        in_flight: false,
        ledger: BTreeMap::new(),
    };
    book(&mut ours);
    ours
}

/// Sets the ledger that the status requires.
fn book(ours: &mut Ours) {
    ours.ledger = bookings(ours)
        .into_iter()
        .map(|entry| {
            let key = (
                entry.account.name().to_owned(),
                entry.amount.currency().to_string(),
            );
            (key, entry.amount.minor_units())
        })
        .filter(|(_, sum)| *sum != 0)
        .collect();
}

fn intent(status: &str) -> Intent {
    Intent {
        reference: "pi_1".to_owned(),
        payment_id: None,
        order_id: None,
        status: status.to_owned(),
        amount: 1299,
        currency: "EUR".to_owned(),
        received: if status == "succeeded" { 1299 } else { 0 },
        refunded: 0,
        created_at: at(),
        canceled_at: None,
    }
}

fn found(ours: &Ours, intents: &[Intent]) -> Vec<(&'static str, String, String)> {
    compare(ours, intents)
        .into_iter()
        .map(|difference| (difference.kind.name(), difference.ours, difference.theirs))
        .collect()
}

fn one(kind: &'static str, ours: &str, theirs: &str) -> Vec<(&'static str, String, String)> {
    vec![(kind, ours.to_owned(), theirs.to_owned())]
}

#[test]
fn every_status_agrees_with_its_counterpart() {
    for (status, theirs) in [
        (Status::Authorized, "requires_capture"),
        (Status::Captured, "succeeded"),
        (Status::ActionRequired, "requires_action"),
        (Status::Voided, "canceled"),
        (Status::Expired, "canceled"),
        (Status::Declined, "requires_payment_method"),
        (Status::Declined, "canceled"),
    ] {
        assert_eq!(found(&ours(status), &[intent(theirs)]), []);
    }
}

#[test]
fn a_payment_that_ended_without_money_needs_no_intent() {
    for status in [Status::Voided, Status::Declined, Status::Expired] {
        assert_eq!(found(&ours(status), &[]), []);
    }
}

#[test]
fn a_captured_payment_without_an_intent_is_missing_at_the_provider() {
    let expected = one("missing_at_provider", "captured, 1299 EUR", "");
    assert_eq!(found(&ours(Status::Captured), &[]), expected);
}

#[test]
fn a_wrong_status_is_one_difference() {
    let payment = ours(Status::Authorized);
    let expected = one("status", "authorized", "succeeded");
    assert_eq!(found(&payment, &[intent("succeeded")]), expected);
    let payment = ours(Status::Declined);
    let expected = one("status", "declined", "requires_capture");
    assert_eq!(found(&payment, &[intent("requires_capture")]), expected);
}

#[test]
fn an_authorizing_payment_with_nothing_in_flight_is_a_difference() {
    let mut payment = ours(Status::Authorizing);
    payment.reference = None;
    let expected = one("status", "authorizing", "requires_capture");
    assert_eq!(found(&payment, &[intent("requires_capture")]), expected);
    let expected = one("missing_at_provider", "authorizing, 1299 EUR", "");
    assert_eq!(found(&payment, &[]), expected);
}

#[test]
fn amounts_are_compared_with_their_currencies() {
    let payment = ours(Status::Authorized);
    let mut theirs = intent("requires_capture");
    theirs.amount = 1300;
    let expected = one("amount", "1299 EUR", "1300 EUR");
    assert_eq!(found(&payment, &[theirs.clone()]), expected);
    theirs.amount = 1299;
    theirs.currency = "USD".to_owned();
    assert_eq!(found(&payment, &[theirs])[0].0, "amount");
}

#[test]
fn captured_and_refunded_amounts_are_compared() {
    let mut payment = ours(Status::Captured);
    let mut theirs = intent("succeeded");
    theirs.received = 500;
    let expected = one("captured", "1299 EUR", "500 EUR");
    assert_eq!(found(&payment, &[theirs.clone()]), expected);

    theirs.received = 1299;
    theirs.refunded = 300;
    let expected = one("refunded", "0 EUR", "300 EUR");
    assert_eq!(found(&payment, &[theirs.clone()]), expected);
    payment.refunded = 300;
    book(&mut payment);
    assert_eq!(found(&payment, &[theirs]), []);
}

#[test]
fn a_second_intent_is_a_difference_while_it_is_live() {
    let payment = ours(Status::Authorized);
    let mut second = intent("requires_capture");
    second.reference = "pi_2".to_owned();
    let both = [intent("requires_capture"), second.clone()];
    let expected = one("unknown_to_us", "", "requires_capture, 1299 EUR");
    assert_eq!(found(&payment, &both), expected);
    second.status = "canceled".to_owned();
    assert_eq!(found(&payment, &[intent("requires_capture"), second]), []);
}

#[test]
fn an_intent_without_a_payment_is_foreign_or_missing_at_the_shop() {
    let kind = |intent: &Intent| unknown(intent).map(|one| (one.kind.name(), one.order_id));
    let mut theirs = intent("requires_capture");
    assert_eq!(kind(&theirs), Some(("unknown_to_us", None)));
    let order_id = OrderId::generate();
    theirs.payment_id = Some(PaymentId::generate());
    theirs.order_id = Some(order_id);
    let missing = Some(("missing_at_shop", Some(order_id)));
    for (status, expected) in [
        ("requires_capture", missing),
        ("requires_action", missing),
        ("succeeded", missing),
        ("canceled", None),
        ("requires_payment_method", None),
    ] {
        theirs.status = status.to_owned();
        assert_eq!(kind(&theirs), expected, "{status}");
    }
}

#[test]
fn a_tombstone_with_a_live_intent_is_a_difference() {
    let mut payment = ours(Status::Voided);
    payment.amount = None;
    payment.reference = None;
    let expected = one("status", "voided", "requires_capture");
    assert_eq!(found(&payment, &[intent("requires_capture")]), expected);
    assert_eq!(found(&payment, &[intent("canceled")]), []);
}

#[test]
fn the_ledger_must_match_the_payment() {
    let mut payment = ours(Status::Authorized);
    payment.ledger.clear();
    let expected = one(
        "ledger",
        "authorization_obligations 0 EUR, authorized_funds 0 EUR",
        "authorization_obligations -1299 EUR, authorized_funds 1299 EUR",
    );
    assert_eq!(found(&payment, &[intent("requires_capture")]), expected);

    let mut payment = ours(Status::Voided);
    let key = ("sales".to_owned(), "EUR".to_owned());
    payment.ledger.insert(key, -1299);
    let expected = one("ledger", "sales -1299 EUR", "sales 0 EUR");
    assert_eq!(found(&payment, &[intent("canceled")]), expected);
}

#[test]
fn a_payment_in_flight_or_just_changed_is_not_settled() {
    let mut payment = ours(Status::Authorized);
    let later = at() + chrono::TimeDelta::seconds(1);
    assert!(payment.is_settled(later));
    assert!(!payment.is_settled(at()));
    payment.in_flight = true;
    assert!(!payment.is_settled(later));

    let challenged = ours(Status::ActionRequired);
    assert!(!challenged.is_settled(later));
    assert!(challenged.is_settled(later + chrono::TimeDelta::hours(1)));
}
