use contracts::messages::*;
use contracts::order::v1::{DeliverOrderRequest, OrderStatus, ShipOrderRequest};
use tonic::Code;

use crate::support::{App, fields, reason, total};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_shipped_after_the_capture_and_then_delivered() {
    let mut app = App::start().await;
    let (person, order) = app.confirmed().await;
    let answer = app.ship(&order.id, "TRACK-1").await.unwrap();
    assert_eq!(answer.status(), OrderStatus::Confirmed);
    assert!(answer.in_progress);
    app.participants.capture(&order.id, total(&order)).await;
    let event: OrderShipped = app.participants.receive(&order.id).await;
    assert_eq!(event.tracking_number, "TRACK-1");
    let shipped = app.wait_for(&person, &order.id, OrderStatus::Shipped).await;
    assert_eq!(shipped.tracking_number, "TRACK-1");

    for _ in 0..2 {
        let deliver = app.staff().request(DeliverOrderRequest {
            id: order.id.clone(),
        });
        let answer = app
            .orders
            .deliver_order(deliver)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(answer.order.unwrap().status(), OrderStatus::Delivered);
    }
    app.participants.receive::<OrderDelivered>(&order.id).await;
    let timeline = app.timeline(&person, &order.id).await;
    assert_eq!(
        timeline[5..],
        [
            "order shipment_requested",
            "payment payment_captured",
            "order shipped",
            "order delivered",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_capture_leaves_the_order_confirmed() {
    let mut app = App::start().await;
    let (person, order) = app.confirmed().await;
    app.ship(&order.id, "TRACK-1").await.unwrap();
    let capture: CapturePayment = app.participants.receive(&order.id).await;
    app.participants
        .publish(&CaptureFailed {
            order_id: capture.order_id,
            payment_id: capture.payment_id,
            code: "authorization_expired".to_owned(),
            shipment: capture.shipment,
        })
        .await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Confirmed)
        .await;
    assert_eq!(order.tracking_number, "");
    let timeline = app.timeline(&person, &order.id).await;
    assert_eq!(timeline[6..], ["payment capture_failed"]);

    // It can be shipped again, or cancelled.
    app.ship(&order.id, "TRACK-2").await.unwrap();
    app.participants.capture(&order.id, total(&order)).await;
    let order = app.wait_for(&person, &order.id, OrderStatus::Shipped).await;
    assert_eq!(order.tracking_number, "TRACK-2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_refusal_of_an_earlier_shipment_does_not_apply() {
    let mut app = App::start().await;
    let (person, order) = app.confirmed().await;
    app.ship(&order.id, "TRACK-1").await.unwrap();
    let first: CapturePayment = app.participants.receive(&order.id).await;
    let no = CaptureFailed {
        order_id: first.order_id,
        payment_id: first.payment_id,
        code: "processing_error".to_owned(),
        shipment: first.shipment,
    };
    app.participants.publish(&no).await;
    app.wait_for(&person, &order.id, OrderStatus::Confirmed)
        .await;
    app.ship(&order.id, "TRACK-2").await.unwrap();
    // The reply to the first capture, whose command was sent twice.
    app.participants.publish(&no).await;
    app.participants.capture(&order.id, total(&order)).await;
    let order = app.wait_for(&person, &order.id, OrderStatus::Shipped).await;
    assert_eq!(order.tracking_number, "TRACK-2");
}

#[tokio::test(flavor = "multi_thread")]
async fn shipping_again_with_the_same_number_captures_once() {
    let mut app = App::start().await;
    let (person, order) = app.confirmed().await;
    for _ in 0..3 {
        app.ship(&order.id, "TRACK-1").await.unwrap();
    }
    let refused = app.ship(&order.id, "TRACK-2").await.unwrap_err();
    assert_eq!(reason(&refused), "ORDER_NOT_SHIPPABLE");
    app.participants.capture(&order.id, total(&order)).await;
    app.wait_for(&person, &order.id, OrderStatus::Shipped).await;
    app.ship(&order.id, "TRACK-1").await.unwrap();
    app.shipped().await;
    assert_eq!(app.participants.unread::<CapturePayment>(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_confirmed_orders_are_shipped_and_only_shipped_ones_delivered() {
    let mut app = App::start().await;
    let (_, order) = app.placed().await;
    let refused = app.ship(&order.id, "TRACK-1").await.unwrap_err();
    assert_eq!(reason(&refused), "ORDER_NOT_SHIPPABLE");
    let deliver = app.staff().request(DeliverOrderRequest {
        id: order.id.clone(),
    });
    let refused = app.orders.deliver_order(deliver).await.unwrap_err();
    assert_eq!(reason(&refused), "ORDER_NOT_DELIVERABLE");
    let unknown = kernel::OrderId::generate().to_string();
    let refused = app.ship(&unknown, "TRACK-1").await.unwrap_err();
    assert_eq!(reason(&refused), "ORDER_NOT_FOUND");
    let refused = app.ship(&order.id, " ").await.unwrap_err();
    assert_eq!(reason(&refused), "VALIDATION_FAILED");
    assert_eq!(fields(&refused), ["tracking_number"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_neither_ship_nor_deliver() {
    let mut app = App::start().await;
    let (person, order) = app.confirmed().await;
    let ship = person.request(ShipOrderRequest {
        id: order.id.clone(),
        tracking_number: "TRACK-1".to_owned(),
    });
    let refused = app.orders.ship_order(ship).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let deliver = person.request(DeliverOrderRequest { id: order.id });
    let refused = app.orders.deliver_order(deliver).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
