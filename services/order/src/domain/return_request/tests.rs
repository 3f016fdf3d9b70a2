#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use kernel::UserId;

use super::*;
use crate::domain::order::Status;
use crate::domain::return_decision::Ruling;
use crate::domain::sold_order::tests::{RULES, eur, lines, mugs_and_teas, return_request};

/// Approves within 14 days, up to 20.00 EUR.
const AUTOMATIC: ReturnRules = ReturnRules {
    automatic_period: Duration::days(14),
    automatic_max: 2_000,
    ..RULES
};

fn decide(sold: &SoldOrder, days: i64) -> Result<Return, Error> {
    let now = sold.order.placed_at + Duration::days(days);
    return_request(&[("MUG", 1)]).decide(sold, &RULES, now)
}

#[test]
fn only_shipped_orders_are_returned() {
    let mut sold = mugs_and_teas();
    sold.delivered_at = None;
    for (status, is_fine) in [
        (Status::Pending, false),
        (Status::Confirmed, false),
        (Status::Rejected, false),
        (Status::Cancelled, false),
        (Status::Shipped, true),
    ] {
        sold.order.status = status;
        assert_eq!(decide(&sold, 0).is_ok(), is_fine, "{status:?}");
    }
}

#[test]
fn the_period_for_returns_begins_with_the_delivery() {
    let mut sold = mugs_and_teas();
    assert!(decide(&sold, 30).is_ok());
    assert!(matches!(decide(&sold, 31), Err(Error::NotReturnable(_))));
    sold.order.status = Status::Shipped;
    sold.delivered_at = None;
    assert!(decide(&sold, 31).is_ok(), "it has not arrived");
}

#[test]
fn the_number_of_returns_is_limited_withdrawn_ones_included() {
    let mut sold = mugs_and_teas();
    for index in 0..MAX_RETURNS {
        let id = sold.ask(&[("MUG", 1)]).unwrap();
        let open = sold.find_return(id).unwrap();
        let now = sold.order.placed_at;
        sold.returns[index].record = open.withdraw(now).unwrap().unwrap();
    }
    assert!(matches!(decide(&sold, 0), Err(Error::NotReturnable(_))));
}

#[test]
fn a_rule_approves_in_time_and_up_to_an_amount() {
    let sold = mugs_and_teas();
    // One mug costs 10.97 EUR, two cost 21.95 EUR.
    for (rules, of, days, is_approved) in [
        (AUTOMATIC, [("MUG", 1)], 13, true),
        (AUTOMATIC, [("MUG", 1)], 14, false),
        (AUTOMATIC, [("MUG", 2)], 0, false),
        (RULES, [("MUG", 1)], 0, false),
    ] {
        let now = sold.order.placed_at + Duration::days(days);
        let new = return_request(&of).decide(&sold, &rules, now).unwrap();
        assert_eq!(rules.approve(&sold, &new, now), Ok(is_approved), "{of:?}");
    }
}

#[test]
fn splitting_a_return_does_not_raise_the_automatic_amount() {
    let mut sold = mugs_and_teas();
    let first = sold.ask(&[("MUG", 1)]).unwrap();
    sold.decide(first, &Ruling::automatic()).unwrap();
    let now = sold.order.placed_at;
    let new = return_request(&[("MUG", 1)]).decide(&sold, &AUTOMATIC, now);
    assert_eq!(AUTOMATIC.approve(&sold, &new.unwrap(), now), Ok(false));
}

#[test]
fn approvals_by_staff_do_not_count_as_automatic() {
    let mut sold = mugs_and_teas();
    let first = sold.ask(&[("MUG", 1)]).unwrap();
    let by_staff = Ruling::approval::<kernel::MoneyError>(UserId::generate(), None, "fine");
    sold.decide(first, &by_staff.unwrap()).unwrap();
    let now = sold.order.placed_at;
    let new = return_request(&[("MUG", 1)]).decide(&sold, &AUTOMATIC, now);
    assert_eq!(AUTOMATIC.approve(&sold, &new.unwrap(), now), Ok(true));
}

#[test]
fn an_order_that_has_not_arrived_is_never_approved_automatically() {
    let mut sold = mugs_and_teas();
    sold.order.status = Status::Shipped;
    sold.delivered_at = None;
    let now = sold.order.placed_at;
    let new = return_request(&[("TEA", 1)]).decide(&sold, &AUTOMATIC, now);
    assert_eq!(AUTOMATIC.approve(&sold, &new.unwrap(), now), Ok(false));
}

#[test]
fn the_default_amount_is_the_share_or_what_is_left() {
    let sold = mugs_and_teas();
    let one = return_request(&[("MUG", 1)]);
    let one = one.decide(&sold, &RULES, sold.order.placed_at).unwrap();
    assert_eq!(one.default_amount(eur(5_000)), Ok(eur(1_097)));
    assert_eq!(one.default_amount(eur(7)), Ok(eur(7)));
}

#[test]
fn all_violations_of_a_request_are_reported_at_once() {
    let (id, key) = (OrderId::generate(), "a b".to_owned());
    let error = ReturnRequest::new(id, key, &[], None, &"x".repeat(501)).unwrap_err();
    let text = error.to_string();
    for field in ["idempotency_key", "lines", "note", "reason"] {
        assert!(text.contains(field), "{text}");
    }
}

#[test]
fn another_reason_needs_a_note() {
    let new = |note| {
        let (id, key) = (OrderId::generate(), "k".to_owned());
        let lines = lines(&[("MUG", 1)]);
        ReturnRequest::new(id, key, &lines, Some(ReturnReason::Other), note)
    };
    assert!(new("").is_err());
    assert!(new("too small").is_ok());
}
