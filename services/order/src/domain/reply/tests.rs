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

fn apply(replied: &mut Replied, reply: Reply) -> Result<(Order, Vec<Event>), WrongReply> {
    replied.apply(reply, DateTime::UNIX_EPOCH)
}

#[test]
fn replies_about_one_order_are_applied_in_sequence() {
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
fn a_reply_about_an_unknown_order_is_wrong() {
    let (known, unknown) = (confirmed(), confirmed());
    let refund = Refund::new(unknown.id, Money::new(100, Currency::EUR));
    let mut replied = of(&[known]);
    let about_refund = Reply {
        order_id: unknown.id,
        report: Report::Refund(refund.id, StepResult::Done),
    };
    for reply in [done(&unknown, Step::Reserve), about_refund] {
        let applied = apply(&mut replied, reply);
        assert_eq!(applied.unwrap_err(), WrongReply::UnknownOrder);
    }
}

#[test]
fn a_reply_about_something_of_another_order_is_wrong() {
    let (order, other) = (placed(), placed());
    let mut replied = of(std::slice::from_ref(&order));
    let (order_id, payment_id) = (order.id, other.payment_id);
    let redirect_url = "https://example.org".to_owned();
    let capture = Subject::Shipment(payment_id, order.shipments);
    for (report, what) in [
        (done(&other, Step::Reserve).report, "reservation"),
        (done(&other, Step::Authorize).report, "payment"),
        (
            Report::Step(Step::Capture, capture, StepResult::Done),
            "payment",
        ),
        (
            Report::ActionRequired {
                payment_id,
                redirect_url,
            },
            "payment",
        ),
        (Report::AuthorizationExpired { payment_id }, "payment"),
    ] {
        let applied = apply(&mut replied, Reply { order_id, report });
        assert_eq!(applied.unwrap_err(), WrongReply::NotOfTheOrder(what));
    }
    assert_eq!(replied.orders[&order.id], order);
}

#[test]
fn a_refused_capture_of_an_earlier_shipment_does_not_apply() {
    let order = confirmed();
    let order = Order {
        shipments: 2,
        ..order
    };
    let subject = Subject::Shipment(order.payment_id, 1);
    let refused = StepResult::Refused("lost_card".to_owned());
    let reply = Reply {
        order_id: order.id,
        report: Report::Step(Step::Capture, subject, refused),
    };
    let (after, events) = apply(&mut of(std::slice::from_ref(&order)), reply).unwrap();
    assert_eq!((after, events), (order, Vec::new()));
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
fn a_reply_about_a_refund_that_is_not_the_orders_is_wrong() {
    let (order, other) = (confirmed(), confirmed());
    let refund = Refund::new(other.id, Money::new(100, Currency::EUR));
    let mut replied = of(&[order.clone(), other]);
    replied.refunds.insert(refund.id, refund);
    for id in [refund.id, RefundId::generate()] {
        let reply = Reply {
            order_id: order.id,
            report: Report::Refund(id, StepResult::Done),
        };
        let applied = apply(&mut replied, reply);
        assert_eq!(applied.unwrap_err(), WrongReply::NotOfTheOrder("refund"));
    }
    assert_eq!(replied.refunds[&refund.id], refund);
}
