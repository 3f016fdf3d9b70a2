#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use kernel::{Currency, MoneyError};

use super::*;
use crate::domain::order::Status;
use crate::domain::refund::RefundStatus;
use crate::domain::sold_order::tests::{eur, mugs_and_teas, refund_request, sold};
use crate::domain::totals::Totals;

/// An order of 10.00 EUR with a refund of this amount.
fn refunded(minor: i64) -> SoldOrder {
    let totals = Totals::new(eur(1_000), eur(0), None).unwrap();
    let mut sold = sold(Vec::new(), totals);
    if minor > 0 {
        sold.refund(&[], Some(eur(minor))).unwrap();
    }
    sold
}

fn amount(request: &RefundRequest, sold: &SoldOrder) -> Result<Money, Error> {
    request.decide(sold).map(|(refund, _)| refund.amount)
}

#[test]
fn an_exceeded_refund_says_what_is_left() {
    let text = |left| Error::RefundExceedsCaptured(left).to_string();
    assert_eq!(text(eur(600)), "at most 6.00 EUR can be refunded");
    assert_eq!(
        text(eur(0)),
        "everything that was charged has been refunded, or its refund was requested"
    );
}

#[test]
fn refunds_never_add_up_to_more_than_was_captured() {
    for (requested, earlier, expect) in [
        (None, 0, Ok(eur(1_000))),
        (None, 400, Ok(eur(600))),
        (Some(eur(600)), 400, Ok(eur(600))),
        (
            Some(eur(601)),
            400,
            Err(Error::RefundExceedsCaptured(eur(600))),
        ),
        (None, 1_000, Err(Error::RefundExceedsCaptured(eur(0)))),
        (
            Some(Money::new(1, Currency::USD)),
            0,
            Err(Violations::one("amount", "must be in EUR").into()),
        ),
    ] {
        let found = amount(&refund_request(&[], requested), &refunded(earlier));
        assert_eq!(found, expect, "{requested:?} after {earlier}");
    }
}

#[test]
fn units_are_refunded_with_their_share_of_discount_and_shipping() {
    let mut sold = mugs_and_teas();
    // 30.00 EUR less 0.75 EUR, plus 3.68 EUR for shipping: 10.00, 0.25 and 1.22 EUR for the first of three.
    assert_eq!(sold.refund(&[("MUG", 1)], None), Ok(eur(1_097)));
    assert_eq!(sold.refund(&[("MUG", 2)], None), Ok(eur(2_196)));
    assert_eq!(sold.refund(&[("TEA", 2)], None), Ok(eur(1_097)));
    assert_eq!(sold.left(), Ok(eur(0)));
}

#[test]
fn staff_can_refund_another_amount_for_units() {
    let mut sold = mugs_and_teas();
    assert_eq!(sold.refund(&[("MUG", 3)], Some(eur(1))), Ok(eur(1)));
    assert!(sold.refund(&[("MUG", 1)], None).is_err());
}

#[test]
fn the_share_of_units_ends_with_what_is_left() {
    let mut sold = mugs_and_teas();
    sold.refund(&[], Some(eur(4_000))).unwrap();
    assert_eq!(sold.refund(&[("MUG", 1)], None), Ok(eur(390)));
    assert_eq!(
        sold.refund(&[("MUG", 1)], None),
        Err(Error::RefundExceedsCaptured(eur(0)))
    );
}

#[test]
fn only_captured_orders_are_refunded() {
    for status in [
        Status::Pending,
        Status::Confirmed,
        Status::Rejected,
        Status::Cancelled,
    ] {
        let mut sold = refunded(0);
        sold.order.status = status;
        let found = amount(&refund_request(&[], None), &sold);
        assert_eq!(found, Err(Error::NotRefundable("before it is shipped")));
    }
}

#[test]
fn a_free_order_has_nothing_to_refund() {
    let free = sold(Vec::new(), Totals::new(eur(0), eur(0), None).unwrap());
    let found = amount(&refund_request(&[], None), &free);
    assert_eq!(found, Err(Error::NotRefundable("because it was free")));
}

#[test]
fn the_number_of_refunds_is_limited_failed_ones_included() {
    let mut sold = refunded(0);
    for _ in 0..MAX_REFUNDS {
        sold.refund(&[], Some(eur(1))).unwrap();
        let last = sold.refunds.last_mut().unwrap();
        last.record.status = RefundStatus::Failed;
    }
    assert_eq!(sold.refund(&[], Some(eur(1))), Err(TOO_MANY));
}

#[test]
fn all_violations_of_a_request_are_reported_at_once() {
    let amount = Some(Ok::<_, MoneyError>(eur(0)));
    let error = RefundRequest::new(OrderId::generate(), "a b".to_owned(), &[], amount, " ");
    assert_eq!(
        error.unwrap_err().to_string(),
        "idempotency_key must be 1 to 255 visible ASCII characters; \
         amount must be more than 0; reason must be 1 to 500 characters"
    );
}
