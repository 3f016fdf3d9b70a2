use super::{CancelReason, Status, confirmed, free, is_in_progress, placed};
use crate::domain::Error;
use crate::saga::Step;

#[test]
fn a_free_order_goes_without_a_payment() {
    let confirmed = || free().complete(Step::Reserve).complete(Step::Commit);
    confirmed().assert_end(Status::Confirmed, None);
    let shipped = confirmed().request_shipment();
    shipped.assert_end(Status::Shipped, None);
    assert_eq!(shipped.tracking_number.as_deref(), Some("TRACK"));
    confirmed()
        .cancelled(CancelReason::ByCustomer)
        .complete(Step::Release)
        .assert_end(Status::Cancelled, Some("by_customer"));
    free()
        .complete(Step::Reserve)
        .refuse(Step::Commit)
        .complete(Step::Release)
        .assert_end(Status::Rejected, Some("reservation_expired"));
}

#[test]
fn an_order_is_shipped_once_the_payment_is_captured() {
    let order = confirmed().request_shipment();
    assert!(is_in_progress(order.step, order.end_reason));
    assert_eq!(order.status, Status::Confirmed);
    assert_eq!(order.ship("TRACK"), Ok(Vec::new()), "a repeated call");
    assert!(matches!(order.ship("OTHER"), Err(Error::NotShippable(_))));
    let order = order.complete(Step::Capture);
    order.assert_end(Status::Shipped, None);
    assert_eq!(order.ship("TRACK"), Ok(Vec::new()), "a repeated call");
    assert!(matches!(order.ship("OTHER"), Err(Error::NotShippable(_))));
}

#[test]
fn a_failed_capture_leaves_the_order_confirmed_and_it_can_be_shipped_or_cancelled() {
    let order = confirmed().request_shipment().refuse(Step::Capture);
    order.assert_end(Status::Confirmed, None);
    assert_eq!(order.tracking_number, None);
    assert!(order.ship("TRACK").is_ok());
    assert!(order.cancel(CancelReason::ByStaff).is_ok());
}

#[test]
fn only_confirmed_orders_are_shipped_and_only_shipped_ones_delivered() {
    let cancelling = confirmed().cancelled(CancelReason::ByCustomer);
    for order in [placed(), cancelling, placed().refuse(Step::Reserve)] {
        assert!(matches!(order.ship("TRACK"), Err(Error::NotShippable(_))));
        assert_eq!(order.deliver(), Err(Error::NotDeliverable));
    }
    let mut order = confirmed().request_shipment().complete(Step::Capture);
    let events = order.deliver().unwrap();
    order.apply(&events);
    order.assert_end(Status::Delivered, None);
    assert_eq!(order.deliver(), Ok(Vec::new()));
}
