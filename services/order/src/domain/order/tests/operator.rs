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
fn a_compensated_checkout_is_undone_from_its_current_step() {
    placed()
        .compensated()
        .complete(Step::Release)
        .assert_end(Status::Rejected, Some("compensated"));
    placed()
        .complete(Step::Reserve)
        .compensated()
        .complete(Step::Void)
        .complete(Step::Release)
        .assert_end(Status::Rejected, Some("compensated"));
}

#[test]
fn an_order_past_the_pivot_is_not_compensated() {
    let committing = placed().complete(Step::Reserve).complete(Step::Authorize);
    let capturing = confirmed().request_shipment();
    for order in [committing, capturing] {
        assert_eq!(order.compensate(), Err(Error::SagaPastPivot));
    }
}

#[test]
fn an_order_is_undone_once_and_an_idle_one_not_at_all() {
    let undoing = placed().compensated();
    assert_eq!(undoing.compensate(), Ok(Vec::new()));
    let cancelling = confirmed().cancelled(CancelReason::ByCustomer);
    assert_eq!(cancelling.compensate(), Ok(Vec::new()));
    assert_eq!(confirmed().compensate(), Err(Error::SagaNotInFlight));
}

#[test]
fn a_retry_changes_neither_the_order_nor_its_attempts() {
    let order = placed().time_out();
    let events = order.retry(Vec::new()).unwrap();
    assert_eq!(events, [Event::RetriedByOperator(Step::Reserve)]);
    let mut after = order.clone();
    after.apply(&events);
    assert_eq!(after, order);
    assert_eq!(confirmed().retry(Vec::new()), Err(Error::SagaNotInFlight));
}
