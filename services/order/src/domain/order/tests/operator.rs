use super::{CancelReason, Error, Order, Status, Step, confirmed, placed};
use crate::domain::event::Event;

impl Order {
    fn compensated(mut self) -> Self {
        let events = self.compensate().unwrap();
        self.apply(&events);
        self
    }
}

#[test]
fn a_compensated_checkout_is_undone_from_where_it_was() {
    placed()
        .compensated()
        .yes(Step::Release)
        .ends(Status::Rejected, Some("compensated"));
    placed()
        .yes(Step::Reserve)
        .compensated()
        .yes(Step::Void)
        .yes(Step::Release)
        .ends(Status::Rejected, Some("compensated"));
}

#[test]
fn past_the_pivot_nothing_is_compensated() {
    let committing = placed().yes(Step::Reserve).yes(Step::Authorize);
    let capturing = confirmed().handed_over();
    for order in [committing, capturing] {
        assert_eq!(order.compensate(), Err(Error::SagaPastPivot));
    }
}

#[test]
fn what_is_being_undone_is_not_undone_twice_and_what_rests_not_at_all() {
    let undoing = placed().compensated();
    assert_eq!(undoing.compensate(), Ok(Vec::new()));
    let cancelling = confirmed().cancelled(CancelReason::ByCustomer);
    assert_eq!(cancelling.compensate(), Ok(Vec::new()));
    assert_eq!(confirmed().compensate(), Err(Error::SagaNotInFlight));
}

#[test]
fn a_retry_changes_neither_the_order_nor_its_attempts() {
    let order = placed().silence();
    let events = order.retry(Vec::new()).unwrap();
    assert_eq!(events, [Event::RetriedByOperator(Step::Reserve)]);
    let mut after = order.clone();
    after.apply(&events);
    assert_eq!(after, order);
    assert_eq!(confirmed().retry(Vec::new()), Err(Error::SagaNotInFlight));
}
