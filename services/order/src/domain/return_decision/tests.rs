#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use kernel::{Currency, MoneyError};

use super::*;
use crate::domain::sold_order::tests::{eur, mugs_and_teas};

fn approval(by: UserId, amount: Option<Money>) -> Ruling {
    Ruling::approval(by, amount.map(Ok::<_, MoneyError>), "checked").unwrap()
}

#[test]
fn an_approval_refunds_the_share_unless_staff_set_an_amount() {
    for (amount, expect) in [
        (None, Ok(Some(eur(1_097)))),
        (Some(eur(500)), Ok(Some(eur(500)))),
        (Some(eur(4_390)), Ok(Some(eur(4_390)))),
        (Some(eur(0)), Ok(None)),
        (
            Some(eur(4_391)),
            Err(Error::RefundExceedsCaptured(eur(4_390))),
        ),
        (
            Some(Money::new(1, Currency::USD)),
            Err(Violations::one("amount", "must be in EUR").into()),
        ),
    ] {
        let mut sold = mugs_and_teas();
        let id = sold.ask(&[("MUG", 1)]).unwrap();
        let found = sold.decide(id, &approval(UserId::generate(), amount));
        assert_eq!(found, expect, "{amount:?}");
        let status = sold.find_return(id).unwrap().status;
        assert_eq!(status == ReturnStatus::Approved, expect.is_ok());
    }
}

#[test]
fn the_same_decision_again_changes_nothing_and_another_one_is_refused() {
    let mut sold = mugs_and_teas();
    let id = sold.ask(&[("MUG", 1)]).unwrap();
    let (one, other) = (UserId::generate(), UserId::generate());
    sold.decide(id, &approval(one, None)).unwrap();
    assert_eq!(sold.decide(id, &approval(one, None)), Ok(None));
    assert_eq!(sold.decide(id, &approval(one, Some(eur(1_097)))), Ok(None));
    let refused = Err(Error::ReturnNotOpen(ReturnStatus::Approved));
    assert_eq!(sold.decide(id, &approval(other, None)), refused);
    assert_eq!(sold.decide(id, &approval(one, Some(eur(1)))), refused);
    let refusal = Ruling::refusal(one, "checked").unwrap();
    assert_eq!(sold.decide(id, &refusal), refused);
    assert_eq!(sold.refunds.len(), 1);
}

#[test]
fn a_decided_return_cannot_be_withdrawn_and_a_withdrawn_one_not_decided() {
    let mut sold = mugs_and_teas();
    let now = sold.order.placed_at;
    let approved = sold.ask(&[("MUG", 1)]).unwrap();
    sold.decide(approved, &approval(UserId::generate(), None))
        .unwrap();
    let approved = sold.find_return(approved).unwrap();
    assert_eq!(
        approved.withdraw(now),
        Err(Error::ReturnNotOpen(ReturnStatus::Approved))
    );
    let open = sold.ask(&[("MUG", 1)]).unwrap();
    let withdrawn = sold.find_return(open).unwrap().withdraw(now);
    let withdrawn = withdrawn.unwrap().unwrap();
    assert_eq!(withdrawn.withdraw(now), Ok(None));
    let ruling = approval(UserId::generate(), None);
    assert_eq!(
        sold.rule(&withdrawn, &ruling, now),
        Err(Error::ReturnNotOpen(ReturnStatus::Withdrawn))
    );
}

#[test]
fn a_return_is_approved_without_a_refund_if_nothing_is_left() {
    let mut sold = mugs_and_teas();
    let id = sold.ask(&[("MUG", 1)]).unwrap();
    sold.refund(&[], None).unwrap();
    let ruling = approval(UserId::generate(), None);
    assert_eq!(sold.decide(id, &ruling), Ok(None));
    let decision = sold.find_return(id).unwrap().decision.unwrap();
    assert_eq!((decision.amount, decision.refund_id), (Some(eur(0)), None));
}

#[test]
fn a_negative_amount_and_an_empty_note_are_violations() {
    let amount = Some(Ok::<_, MoneyError>(eur(-1)));
    let error = Ruling::approval(UserId::generate(), amount, " ").unwrap_err();
    assert_eq!(
        error.to_string(),
        "amount must not be negative; note must be 1 to 500 characters"
    );
}
