use super::{
    CancelReason, DateTime, NotApplicable, Order, Status, Step, StepResult, confirmed, placed,
};

fn authorizing() -> Order {
    placed().complete(Step::Reserve)
}

fn waiting() -> Order {
    authorizing().require_action("https://bank/1", 100)
}

fn until(order: &Order) -> Option<i64> {
    let action = order.action.as_ref();
    action.map(|action| action.expires_at.timestamp())
}

#[test]
fn an_order_waits_for_its_customer_and_continues_after_the_authorization() {
    let order = waiting();
    assert_eq!(order.status, Status::Pending);
    assert_eq!(until(&order), Some(100));
    let order = order.complete(Step::Authorize);
    assert_eq!((until(&order), order.step), (None, Some(Step::Commit)));
    let order = order.complete(Step::Commit);
    order.assert_end(Status::Confirmed, None);
    assert!(
        order.waited_for_customer,
        "the metric separates the time of the customer"
    );
    assert!(!confirmed().waited_for_customer);
}

#[test]
fn a_repeated_action_does_not_extend_the_deadline() {
    let again = waiting().action_required("https://bank/1".to_owned(), DateTime::UNIX_EPOCH);
    assert_eq!(again, Ok(Vec::new()));
    let elsewhere = waiting().require_action("https://bank/2", 200);
    assert_eq!(until(&elsewhere), Some(100));
    let url = elsewhere.action.map(|action| action.redirect_url);
    assert_eq!(url.as_deref(), Some("https://bank/2"));
}

#[test]
fn an_authorization_that_the_customer_abandons_is_undone_without_a_retry() {
    let order = waiting().time_out();
    assert_eq!((until(&order), order.step), (None, Some(Step::Void)));
    order
        .complete(Step::Void)
        .complete(Step::Release)
        .assert_end(Status::Rejected, Some("payment_expired"));
}

#[test]
fn a_decline_or_a_cancellation_ends_the_wait_for_the_customer() {
    let declined = waiting().refuse(Step::Authorize);
    assert_eq!(until(&declined), None);
    declined
        .complete(Step::Release)
        .assert_end(Status::Rejected, Some("payment_declined"));
    let cancelled = waiting().cancelled(CancelReason::ByCustomer);
    assert_eq!(until(&cancelled), None);
    cancelled
        .complete(Step::Void)
        .complete(Step::Release)
        .assert_end(Status::Cancelled, Some("by_customer"));
}

#[test]
fn only_an_authorization_waits_for_the_customer() {
    let abandoned = waiting().time_out();
    for order in [
        placed(),
        authorizing().complete(Step::Authorize),
        abandoned,
        confirmed(),
    ] {
        let required = order.action_required("https://bank/1".to_owned(), DateTime::UNIX_EPOCH);
        assert_eq!(required, Err(NotApplicable), "{order:?}");
    }
}

#[test]
fn an_expired_authorization_cancels_a_confirmed_order() {
    confirmed()
        .expire()
        .complete(Step::Void)
        .complete(Step::Release)
        .assert_end(Status::Cancelled, Some("payment_expired"));
}

#[test]
fn an_expiry_during_the_commit_is_applied_after_it() {
    let committing = authorizing().complete(Step::Authorize).expire();
    assert_eq!(committing.step, Some(Step::Commit));
    committing
        .clone()
        .complete(Step::Commit)
        .complete(Step::Void)
        .complete(Step::Release)
        .assert_end(Status::Cancelled, Some("payment_expired"));
    committing
        .refuse(Step::Commit)
        .complete(Step::Void)
        .complete(Step::Release)
        .assert_end(Status::Rejected, Some("reservation_expired"));
}

#[test]
fn an_authorization_whose_expiry_arrives_first_is_undone() {
    authorizing()
        .expire()
        .complete(Step::Authorize)
        .complete(Step::Void)
        .complete(Step::Release)
        .assert_end(Status::Rejected, Some("payment_expired"));
}

#[test]
fn an_expiry_during_the_capture_is_applied_if_the_capture_fails() {
    let capturing = confirmed().request_shipment().expire();
    assert_eq!(capturing.step, Some(Step::Capture));
    capturing
        .clone()
        .complete(Step::Capture)
        .assert_end(Status::Shipped, None);
    capturing
        .refuse(Step::Capture)
        .complete(Step::Void)
        .complete(Step::Release)
        .assert_end(Status::Cancelled, Some("payment_expired"));
}

#[test]
fn an_expiry_is_recorded_once_and_does_not_change_an_order_that_has_ended() {
    let shipped = confirmed().request_shipment().complete(Step::Capture);
    let cancelled = confirmed()
        .cancelled(CancelReason::ByCustomer)
        .complete(Step::Void)
        .complete(Step::Release);
    for order in [shipped, cancelled] {
        let after = order.clone().expire();
        assert_eq!((after.status, after.step), (order.status, order.step));
        assert_eq!(after.authorization_expired(), Err(NotApplicable));
    }
    let cancelling = confirmed().cancelled(CancelReason::ByCustomer).expire();
    cancelling
        .complete(Step::Void)
        .complete(Step::Release)
        .assert_end(Status::Cancelled, Some("by_customer"));
    let again = confirmed().expire();
    assert_eq!(
        again.replied(Step::Commit, StepResult::Done),
        Err(NotApplicable)
    );
}
