use super::{
    CancelReason, DateTime, NotApplicable, Order, Status, Step, StepResult, confirmed, placed,
};

fn authorizing() -> Order {
    placed().yes(Step::Reserve)
}

fn waiting() -> Order {
    authorizing().needs_customer("https://bank/1", 100)
}

fn until(order: &Order) -> Option<i64> {
    let action = order.action.as_ref();
    action.map(|action| action.expires_at.timestamp())
}

#[test]
fn an_order_waits_for_its_customer_and_goes_on_when_she_has_paid() {
    let order = waiting();
    assert_eq!(order.status, Status::Pending);
    assert_eq!(until(&order), Some(100));
    let order = order.yes(Step::Authorize);
    assert_eq!((until(&order), order.step), (None, Some(Step::Commit)));
    let order = order.yes(Step::Commit);
    order.ends(Status::Confirmed, None);
    assert!(
        order.waited_for_customer,
        "how long it took is not the shop's"
    );
    assert!(!confirmed().waited_for_customer);
}

#[test]
fn being_told_again_gives_no_more_time() {
    let again = waiting().action_required("https://bank/1".to_owned(), DateTime::UNIX_EPOCH);
    assert_eq!(again, Ok(Vec::new()));
    let elsewhere = waiting().needs_customer("https://bank/2", 200);
    assert_eq!(until(&elsewhere), Some(100));
    let url = elsewhere.action.map(|action| action.redirect_url);
    assert_eq!(url.as_deref(), Some("https://bank/2"));
}

#[test]
fn a_customer_who_does_not_come_is_not_asked_again_but_undone() {
    let order = waiting().silence();
    assert_eq!((until(&order), order.step), (None, Some(Step::Void)));
    order
        .yes(Step::Void)
        .yes(Step::Release)
        .ends(Status::Rejected, Some("payment_expired"));
}

#[test]
fn a_customer_who_is_turned_down_or_calls_it_off_does_not_wait() {
    let declined = waiting().no(Step::Authorize);
    assert_eq!(until(&declined), None);
    declined
        .yes(Step::Release)
        .ends(Status::Rejected, Some("payment_declined"));
    let cancelled = waiting().cancelled(CancelReason::ByCustomer);
    assert_eq!(until(&cancelled), None);
    cancelled
        .yes(Step::Void)
        .yes(Step::Release)
        .ends(Status::Cancelled, Some("by_customer"));
}

#[test]
fn nothing_but_an_authorization_waits_for_the_customer() {
    let abandoned = waiting().silence();
    for order in [
        placed(),
        authorizing().yes(Step::Authorize),
        abandoned,
        confirmed(),
    ] {
        let told = order.action_required("https://bank/1".to_owned(), DateTime::UNIX_EPOCH);
        assert_eq!(told, Err(NotApplicable), "{order:?}");
    }
}

#[test]
fn an_expired_hold_calls_a_confirmed_order_off() {
    confirmed()
        .hold_expires()
        .yes(Step::Void)
        .yes(Step::Release)
        .ends(Status::Cancelled, Some("payment_expired"));
}

#[test]
fn a_hold_that_expires_during_the_commit_is_applied_after_it() {
    let committing = authorizing().yes(Step::Authorize).hold_expires();
    assert_eq!(committing.step, Some(Step::Commit));
    committing
        .clone()
        .yes(Step::Commit)
        .yes(Step::Void)
        .yes(Step::Release)
        .ends(Status::Cancelled, Some("payment_expired"));
    committing
        .no(Step::Commit)
        .yes(Step::Void)
        .yes(Step::Release)
        .ends(Status::Rejected, Some("reservation_expired"));
}

#[test]
fn a_hold_whose_end_is_heard_of_before_its_beginning_is_undone() {
    authorizing()
        .hold_expires()
        .yes(Step::Authorize)
        .yes(Step::Void)
        .yes(Step::Release)
        .ends(Status::Rejected, Some("payment_expired"));
}

#[test]
fn a_hold_that_expires_during_the_capture_is_applied_when_that_fails() {
    let capturing = confirmed().handed_over().hold_expires();
    assert_eq!(capturing.step, Some(Step::Capture));
    capturing
        .clone()
        .yes(Step::Capture)
        .ends(Status::Shipped, None);
    capturing
        .no(Step::Capture)
        .yes(Step::Void)
        .yes(Step::Release)
        .ends(Status::Cancelled, Some("payment_expired"));
}

#[test]
fn an_expired_hold_is_heard_of_once_and_changes_nothing_that_is_over() {
    let shipped = confirmed().handed_over().yes(Step::Capture);
    let cancelled = confirmed()
        .cancelled(CancelReason::ByCustomer)
        .yes(Step::Void)
        .yes(Step::Release);
    for order in [shipped, cancelled] {
        let after = order.clone().hold_expires();
        assert_eq!((after.status, after.step), (order.status, order.step));
        assert_eq!(after.authorization_expired(), Err(NotApplicable));
    }
    let cancelling = confirmed()
        .cancelled(CancelReason::ByCustomer)
        .hold_expires();
    cancelling
        .yes(Step::Void)
        .yes(Step::Release)
        .ends(Status::Cancelled, Some("by_customer"));
    let again = confirmed().hold_expires();
    assert_eq!(
        again.answered(Step::Commit, StepResult::Done),
        Err(NotApplicable)
    );
}
