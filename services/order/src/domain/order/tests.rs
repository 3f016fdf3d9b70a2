#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use chrono::DateTime;
use kernel::{Currency, Money, UserId};
use uuid::Uuid;

use super::{CancelReason, NotApplicable, Order, Status, StepResult, is_in_progress};
use crate::domain::{Address, Checkout, Error, Totals};
use crate::saga::{RejectReason, Step, Timing};

mod operator;
mod payment_events;
mod random;

const TIMING: Timing = Timing {
    reserve_wait_ms: 1,
    reserve_attempts: 2,
    authorize_wait_ms: 1,
    authorize_attempts: 3,
    authentication_wait_ms: 1_000,
    insist_wait_ms: 1,
    insist_wait_max_ms: 10,
    reservation_margin_ms: 10,
    tick_ms: 1,
};

pub(in crate::domain) fn placed() -> Order {
    let checkout = Checkout {
        key: "k".to_owned(),
        address: Address {
            recipient: "R".to_owned(),
            line1: "L".to_owned(),
            line2: String::new(),
            city: "C".to_owned(),
            region: String::new(),
            postal_code: "1".to_owned(),
            country: "DE".to_owned(),
        },
        payment_method: "pm_card_visa".to_owned(),
        expected_total: None,
    };
    let lines = Money::new(1000, Currency::EUR);
    let totals = Totals::new(lines, Money::zero(Currency::EUR), None).unwrap();
    Order::place(
        UserId::from(Uuid::nil()),
        &checkout,
        &totals,
        DateTime::UNIX_EPOCH,
    )
    .0
}

impl Order {
    fn yes(mut self, step: Step) -> Self {
        let events = self.answered(step, StepResult::Done).unwrap();
        self.apply(&events);
        self
    }

    fn no(mut self, step: Step) -> Self {
        let events = self
            .answered(step, StepResult::Refused("no".to_owned()))
            .unwrap();
        self.apply(&events);
        self
    }

    fn silence(mut self) -> Self {
        let events = self.unanswered(&TIMING);
        self.apply(&events);
        self
    }

    fn cancelled(mut self, by: CancelReason) -> Self {
        let events = self.cancel(by).unwrap();
        self.apply(&events);
        self
    }

    fn needs_customer(mut self, url: &str, until: i64) -> Self {
        let until = DateTime::from_timestamp(until, 0).unwrap();
        let events = self.action_required(url.to_owned(), until).unwrap();
        self.apply(&events);
        self
    }

    fn hold_expires(mut self) -> Self {
        let events = self.authorization_expired().unwrap();
        self.apply(&events);
        self
    }

    fn handed_over(mut self) -> Self {
        let events = self.ship("TRACK").unwrap();
        self.apply(&events);
        self
    }

    fn ends(&self, status: Status, reason: Option<&str>) {
        assert_eq!(self.status, status);
        assert_eq!(self.step, None);
        assert_eq!(self.end_reason.map(super::EndReason::as_str), reason);
    }
}

pub(in crate::domain) fn confirmed() -> Order {
    placed()
        .yes(Step::Reserve)
        .yes(Step::Authorize)
        .yes(Step::Commit)
}

#[test]
fn three_answers_confirm_an_order() {
    confirmed().ends(Status::Confirmed, None);
}

#[test]
fn refused_stock_rejects_at_once() {
    placed()
        .no(Step::Reserve)
        .ends(Status::Rejected, Some("out_of_stock"));
}

#[test]
fn a_declined_payment_releases_the_stock() {
    placed()
        .yes(Step::Reserve)
        .no(Step::Authorize)
        .yes(Step::Release)
        .ends(Status::Rejected, Some("payment_declined"));
}

#[test]
fn a_refused_commit_voids_the_payment_then_releases() {
    placed()
        .yes(Step::Reserve)
        .yes(Step::Authorize)
        .no(Step::Commit)
        .yes(Step::Void)
        .yes(Step::Release)
        .ends(Status::Rejected, Some("reservation_expired"));
}

#[test]
fn unanswered_stock_is_asked_for_again_then_released() {
    let order = placed().silence();
    assert_eq!((order.step, order.attempts), (Some(Step::Reserve), 2));
    order
        .silence()
        .yes(Step::Release)
        .ends(Status::Rejected, Some("stock_timed_out"));
}

#[test]
fn an_unanswered_payment_is_voided_then_the_stock_released() {
    let order = placed().yes(Step::Reserve).silence().silence();
    assert_eq!((order.step, order.attempts), (Some(Step::Authorize), 3));
    order
        .silence()
        .yes(Step::Void)
        .yes(Step::Release)
        .ends(Status::Rejected, Some("payment_timed_out"));
}

#[test]
fn commit_void_release_and_capture_are_asked_for_until_answered() {
    let commit = placed().yes(Step::Reserve).yes(Step::Authorize);
    let void = confirmed().cancelled(CancelReason::ByStaff);
    let release = placed().cancelled(CancelReason::ByCustomer);
    let capture = confirmed().handed_over();
    for (mut order, step) in [
        (commit, Step::Commit),
        (void, Step::Void),
        (release, Step::Release),
        (capture, Step::Capture),
    ] {
        for attempt in 2..50 {
            order = order.silence();
            assert_eq!((order.step, order.attempts), (Some(step), attempt));
        }
    }
}

#[test]
fn answers_that_nobody_waits_for_do_not_apply() {
    for (order, step) in [
        (placed(), Step::Authorize),
        (placed(), Step::Release),
        (placed().yes(Step::Reserve), Step::Reserve),
        (confirmed(), Step::Commit),
        (confirmed(), Step::Capture),
        (placed().cancelled(CancelReason::ByCustomer), Step::Reserve),
        (placed().no(Step::Reserve), Step::Reserve),
    ] {
        for answer in [StepResult::Done, StepResult::Refused("no".to_owned())] {
            assert_eq!(order.answered(step, answer), Err(NotApplicable), "{step:?}");
        }
    }
}

#[test]
fn an_undo_can_not_be_refused() {
    let order = placed().cancelled(CancelReason::ByCustomer);
    let refused = order.answered(Step::Release, StepResult::Refused("no".to_owned()));
    assert_eq!(refused, Err(NotApplicable));
}

#[test]
fn a_pending_order_is_cancelled_by_undoing_what_was_asked_for() {
    placed()
        .cancelled(CancelReason::ByCustomer)
        .yes(Step::Release)
        .ends(Status::Cancelled, Some("by_customer"));
    placed()
        .yes(Step::Reserve)
        .cancelled(CancelReason::ByStaff)
        .yes(Step::Void)
        .yes(Step::Release)
        .ends(Status::Cancelled, Some("by_staff"));
}

#[test]
fn a_confirmed_order_is_cancelled_by_undoing_everything() {
    let order = confirmed().cancelled(CancelReason::ByCustomer);
    assert!(is_in_progress(order.step, order.end_reason));
    assert_eq!(order.status, Status::Confirmed);
    let order = order.yes(Step::Void).yes(Step::Release);
    order.ends(Status::Cancelled, Some("by_customer"));
    assert!(!is_in_progress(order.step, order.end_reason));
}

#[test]
fn cancelling_twice_is_one_cancellation() {
    let order = confirmed().cancelled(CancelReason::ByCustomer);
    assert_eq!(order.cancel(CancelReason::ByStaff), Ok(Vec::new()));
    let done = order.yes(Step::Void).yes(Step::Release);
    assert_eq!(done.cancel(CancelReason::ByStaff), Ok(Vec::new()));
}

#[test]
fn an_order_is_not_cancelled_while_it_is_committed_rejected_or_shipped() {
    let committing = placed().yes(Step::Reserve).yes(Step::Authorize);
    let rejecting = placed().yes(Step::Reserve).no(Step::Authorize);
    let rejected = placed().no(Step::Reserve);
    let shipping = confirmed().handed_over();
    let shipped = confirmed().handed_over().yes(Step::Capture);
    for order in [committing, rejecting, rejected, shipping, shipped] {
        let refused = order.cancel(CancelReason::ByCustomer);
        assert!(
            matches!(refused, Err(Error::NotCancellable(_))),
            "{order:?}"
        );
    }
}

#[test]
fn an_order_is_shipped_once_the_money_is_taken() {
    let order = confirmed().handed_over();
    assert!(is_in_progress(order.step, order.end_reason));
    assert_eq!(order.status, Status::Confirmed);
    assert_eq!(order.ship("TRACK"), Ok(Vec::new()), "the same again");
    assert!(matches!(order.ship("OTHER"), Err(Error::NotShippable(_))));
    let order = order.yes(Step::Capture);
    order.ends(Status::Shipped, None);
    assert_eq!(order.ship("TRACK"), Ok(Vec::new()), "the same again");
    assert!(matches!(order.ship("OTHER"), Err(Error::NotShippable(_))));
}

#[test]
fn a_failed_capture_leaves_the_order_confirmed_and_it_can_be_shipped_or_cancelled() {
    let order = confirmed().handed_over().no(Step::Capture);
    order.ends(Status::Confirmed, None);
    assert_eq!(order.tracking_number, None);
    assert!(order.ship("TRACK").is_ok());
    assert!(order.cancel(CancelReason::ByStaff).is_ok());
}

#[test]
fn only_confirmed_orders_ship_and_only_shipped_ones_arrive() {
    let cancelling = confirmed().cancelled(CancelReason::ByCustomer);
    for order in [placed(), cancelling, placed().no(Step::Reserve)] {
        assert!(matches!(order.ship("TRACK"), Err(Error::NotShippable(_))));
        assert_eq!(order.deliver(), Err(Error::NotDeliverable));
    }
    let mut order = confirmed().handed_over().yes(Step::Capture);
    let events = order.deliver().unwrap();
    order.apply(&events);
    order.ends(Status::Delivered, None);
    assert_eq!(order.deliver(), Ok(Vec::new()));
}

#[test]
fn every_reason_has_a_word_of_its_own() {
    let words: std::collections::HashSet<_> =
        super::EndReason::ALL.iter().map(|v| v.key()).collect();
    assert_eq!(words.len(), super::EndReason::ALL.len());
    assert!(words.contains(RejectReason::OutOfStock.as_str()));
}
