#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use chrono::DateTime;
use kernel::{Currency, Money};

use super::*;
use crate::domain::Status;
use crate::domain::order::tests::{confirmed, placed};

fn of(orders: &[Order]) -> Replied {
    Replied {
        orders: orders
            .iter()
            .map(|order| (order.id, order.clone()))
            .collect(),
        refunds: HashMap::new(),
    }
}

fn done(order: &Order, step: Step) -> Reply {
    let subject = match step {
        Step::Reserve | Step::Commit | Step::Release => Subject::Reservation(order.reservation_id),
        Step::Authorize | Step::Capture | Step::Void => Subject::Payment(order.payment_id),
    };
    Reply {
        order_id: order.id,
        report: Report::Step(step, subject, StepResult::Done),
    }
}

fn apply(replied: &mut Replied, reply: Reply) -> Option<(Order, Vec<Event>)> {
    replied.apply(reply, DateTime::UNIX_EPOCH)
}

#[test]
fn replies_about_one_order_are_decided_one_after_the_other() {
    let (order, other) = (placed(), placed());
    let mut replied = of(&[order.clone(), other.clone()]);
    for step in [Step::Reserve, Step::Authorize, Step::Commit] {
        let (_, events) = apply(&mut replied, done(&order, step)).unwrap();
        assert_eq!(events[0], Event::Done(step));
        let (_, again) = apply(&mut replied, done(&order, step)).unwrap();
        assert_eq!(again, Vec::new(), "a duplicate does not apply");
    }
    assert_eq!(replied.orders[&order.id].status, Status::Confirmed);
    assert_eq!(replied.orders[&other.id], other);
}

#[test]
fn a_reply_about_an_unknown_order_has_no_order() {
    let mut replied = of(&[placed()]);
    assert!(apply(&mut replied, done(&placed(), Step::Reserve)).is_none());
}

#[test]
fn a_reply_about_something_of_another_order_does_not_apply() {
    let (order, other) = (placed(), placed());
    let mut replied = of(std::slice::from_ref(&order));
    let stock = done(&other, Step::Reserve).report;
    let (order_id, payment_id) = (order.id, other.payment_id);
    for report in [stock, Report::AuthorizationExpired { payment_id }] {
        let reply = Reply { order_id, report };
        let (after, events) = apply(&mut replied, reply).unwrap();
        assert_eq!((after, events), (order.clone(), Vec::new()));
    }
}

#[test]
fn a_refund_that_succeeded_can_fail_and_one_that_failed_stays_failed() {
    let order = confirmed();
    let refund = Refund::new(order.id, Money::new(100, Currency::EUR));
    let mut replied = of(std::slice::from_ref(&order));
    replied.refunds.insert(refund.id, refund);
    let refused = || StepResult::Refused("lost_card".to_owned());
    for (result, applies, status) in [
        (StepResult::Done, true, RefundStatus::Succeeded),
        (StepResult::Done, false, RefundStatus::Succeeded),
        (refused(), true, RefundStatus::Failed),
        (refused(), false, RefundStatus::Failed),
        (StepResult::Done, false, RefundStatus::Failed),
    ] {
        let reply = Reply {
            order_id: order.id,
            report: Report::Refund(refund.id, result),
        };
        let (_, events) = apply(&mut replied, reply).unwrap();
        assert_eq!(!events.is_empty(), applies);
        assert_eq!(replied.refunds[&refund.id].status, status);
    }
}

#[test]
fn a_refund_of_another_order_is_not_changed() {
    let (order, other) = (confirmed(), confirmed());
    let refund = Refund::new(other.id, Money::new(100, Currency::EUR));
    let mut replied = of(&[order.clone(), other]);
    replied.refunds.insert(refund.id, refund);
    let reply = Reply {
        order_id: order.id,
        report: Report::Refund(refund.id, StepResult::Done),
    };
    assert_eq!(apply(&mut replied, reply).unwrap().1, Vec::new());
    assert_eq!(replied.refunds[&refund.id], refund);
}
