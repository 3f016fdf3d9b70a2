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
mod shipping;

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
    placed_for(1_000)
}

/// An order that costs nothing.
fn free() -> Order {
    placed_for(0)
}

fn placed_for(minor_units: i64) -> Order {
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
    let lines = Money::new(minor_units, Currency::EUR);
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
    fn complete(mut self, step: Step) -> Self {
        let events = self.replied(step, StepResult::Done).unwrap();
        self.apply(&events);
        self
    }

    fn refuse(mut self, step: Step) -> Self {
        let events = self
            .replied(step, StepResult::Refused("no".to_owned()))
            .unwrap();
        self.apply(&events);
        self
    }

    fn time_out(mut self) -> Self {
        let events = self.reply_overdue(&TIMING);
        self.apply(&events);
        self
    }

    fn cancelled(mut self, by: CancelReason) -> Self {
        let events = self.cancel(by).unwrap();
        self.apply(&events);
        self
    }

    fn require_action(mut self, url: &str, until: i64) -> Self {
        let until = DateTime::from_timestamp(until, 0).unwrap();
        let events = self.action_required(url.to_owned(), until).unwrap();
        self.apply(&events);
        self
    }

    fn expire(mut self) -> Self {
        let events = self.authorization_expired().unwrap();
        self.apply(&events);
        self
    }

    fn request_shipment(mut self) -> Self {
        let events = self.ship("TRACK").unwrap();
        self.apply(&events);
        self
    }

    fn assert_end(&self, status: Status, reason: Option<&str>) {
        assert_eq!(self.status, status);
        assert_eq!(self.step, None);
        assert_eq!(self.end_reason.map(super::EndReason::as_str), reason);
    }
}

pub(in crate::domain) fn confirmed() -> Order {
    placed()
        .complete(Step::Reserve)
        .complete(Step::Authorize)
        .complete(Step::Commit)
}

#[test]
fn three_replies_confirm_an_order() {
    confirmed().assert_end(Status::Confirmed, None);
}

#[test]
fn a_rejected_payment_request_is_no_decline() {
    let order = placed().complete(Step::Reserve);
    let failed = StepResult::Failed("amount_too_small".to_owned());
    let events = order.replied(Step::Authorize, failed.clone()).unwrap();
    let mut order = order;
    order.apply(&events);
    order
        .complete(Step::Release)
        .assert_end(Status::Rejected, Some("payment_failed"));
    // Only an authorization reports one.
    assert_eq!(placed().replied(Step::Reserve, failed), Err(NotApplicable));
}

#[test]
fn refused_stock_rejects_the_order() {
    placed()
        .refuse(Step::Reserve)
        .assert_end(Status::Rejected, Some("out_of_stock"));
}

#[test]
fn a_declined_payment_releases_the_stock() {
    placed()
        .complete(Step::Reserve)
        .refuse(Step::Authorize)
        .complete(Step::Release)
        .assert_end(Status::Rejected, Some("payment_declined"));
}

#[test]
fn a_refused_commit_voids_the_payment_then_releases() {
    placed()
        .complete(Step::Reserve)
        .complete(Step::Authorize)
        .refuse(Step::Commit)
        .complete(Step::Void)
        .complete(Step::Release)
        .assert_end(Status::Rejected, Some("reservation_expired"));
}

#[test]
fn a_reservation_without_reply_is_requested_again_then_released() {
    let order = placed().time_out();
    assert_eq!((order.step, order.attempts), (Some(Step::Reserve), 2));
    order
        .time_out()
        .complete(Step::Release)
        .assert_end(Status::Rejected, Some("stock_timed_out"));
}

#[test]
fn an_authorization_without_reply_is_voided_then_the_stock_released() {
    let order = placed().complete(Step::Reserve).time_out().time_out();
    assert_eq!((order.step, order.attempts), (Some(Step::Authorize), 3));
    order
        .time_out()
        .complete(Step::Void)
        .complete(Step::Release)
        .assert_end(Status::Rejected, Some("payment_timed_out"));
}

#[test]
fn commit_void_release_and_capture_are_requested_until_a_reply() {
    let commit = placed().complete(Step::Reserve).complete(Step::Authorize);
    let void = confirmed().cancelled(CancelReason::ByStaff);
    let release = placed().cancelled(CancelReason::ByCustomer);
    let capture = confirmed().request_shipment();
    for (mut order, step) in [
        (commit, Step::Commit),
        (void, Step::Void),
        (release, Step::Release),
        (capture, Step::Capture),
    ] {
        for attempt in 2..50 {
            order = order.time_out();
            assert_eq!((order.step, order.attempts), (Some(step), attempt));
        }
    }
}

#[test]
fn replies_to_a_step_that_is_not_awaited_do_not_apply() {
    for (order, step) in [
        (placed(), Step::Authorize),
        (placed(), Step::Release),
        (placed().complete(Step::Reserve), Step::Reserve),
        (confirmed(), Step::Commit),
        (confirmed(), Step::Capture),
        (placed().cancelled(CancelReason::ByCustomer), Step::Reserve),
        (placed().refuse(Step::Reserve), Step::Reserve),
    ] {
        for result in [StepResult::Done, StepResult::Refused("no".to_owned())] {
            assert_eq!(order.replied(step, result), Err(NotApplicable), "{step:?}");
        }
    }
}

#[test]
fn an_undo_cannot_be_refused() {
    let order = placed().cancelled(CancelReason::ByCustomer);
    let refused = order.replied(Step::Release, StepResult::Refused("no".to_owned()));
    assert_eq!(refused, Err(NotApplicable));
}

#[test]
fn a_pending_order_is_cancelled_by_undoing_requested_steps() {
    placed()
        .cancelled(CancelReason::ByCustomer)
        .complete(Step::Release)
        .assert_end(Status::Cancelled, Some("by_customer"));
    placed()
        .complete(Step::Reserve)
        .cancelled(CancelReason::ByStaff)
        .complete(Step::Void)
        .complete(Step::Release)
        .assert_end(Status::Cancelled, Some("by_staff"));
}

#[test]
fn a_confirmed_order_is_cancelled_by_undoing_everything() {
    let order = confirmed().cancelled(CancelReason::ByCustomer);
    assert!(is_in_progress(order.step, order.end_reason));
    assert_eq!(order.status, Status::Confirmed);
    let order = order.complete(Step::Void).complete(Step::Release);
    order.assert_end(Status::Cancelled, Some("by_customer"));
    assert!(!is_in_progress(order.step, order.end_reason));
}

#[test]
fn cancelling_twice_is_one_cancellation() {
    let order = confirmed().cancelled(CancelReason::ByCustomer);
    assert_eq!(order.cancel(CancelReason::ByStaff), Ok(Vec::new()));
    let done = order.complete(Step::Void).complete(Step::Release);
    assert_eq!(done.cancel(CancelReason::ByStaff), Ok(Vec::new()));
}

#[test]
fn an_order_is_not_cancelled_while_it_is_committed_rejected_or_shipped() {
    let committing = placed().complete(Step::Reserve).complete(Step::Authorize);
    let rejecting = placed().complete(Step::Reserve).refuse(Step::Authorize);
    let rejected = placed().refuse(Step::Reserve);
    let shipping = confirmed().request_shipment();
    let shipped = confirmed().request_shipment().complete(Step::Capture);
    for order in [committing, rejecting, rejected, shipping, shipped] {
        let refused = order.cancel(CancelReason::ByCustomer);
        assert!(
            matches!(refused, Err(Error::NotCancellable(_))),
            "{order:?}"
        );
    }
}

#[test]
fn every_reason_has_a_unique_code() {
    let codes: std::collections::HashSet<_> =
        super::EndReason::ALL.iter().map(|v| v.key()).collect();
    assert_eq!(codes.len(), super::EndReason::ALL.len());
    assert!(codes.contains(RejectReason::OutOfStock.as_str()));
}
