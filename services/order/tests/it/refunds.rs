use contracts::messages::*;
use contracts::order::v1::{Refund, RefundStatus, RequestRefundRequest};
use contracts::types::v1::Money;
use testkit::eventually;
use tonic::Status;

use crate::support::{App, Person, fields, minor, reason, total};

fn euros(minor_units: i64) -> Option<Money> {
    Some(Money {
        minor_units,
        currency: "EUR".to_owned(),
    })
}

async fn refund(
    app: &mut App,
    person: &Person,
    order: &str,
    key: &str,
    amount: Option<Money>,
) -> Result<Refund, Status> {
    let request = person.request(RequestRefundRequest {
        order_id: order.to_owned(),
        idempotency_key: key.to_owned(),
        amount,
        reason: "broken".to_owned(),
    });
    let answer = app.orders.request_refund(request).await?;
    Ok(answer.into_inner().refund.unwrap())
}

async fn has_outcome(app: &mut App, person: &Person, order: &str, status: RefundStatus) {
    eventually("a refund with an outcome", async || {
        let order = app.order(person, order).await;
        let last = order.refunds.last().unwrap().clone();
        (last.status() == status).then_some(())
    })
    .await;
}

async fn succeed(app: &mut App, order: &str) -> RefundPayment {
    let command: RefundPayment = app.participants.receive(order).await;
    app.participants
        .publish(&PaymentRefunded {
            order_id: command.order_id,
            payment_id: command.payment_id,
            refund_id: command.refund_id,
            amount: command.amount,
        })
        .await;
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shipped_order_is_refunded_in_full() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    let requested = refund(&mut app, &person, &order.id, "r1", None)
        .await
        .unwrap();
    assert_eq!(requested.status(), RefundStatus::Requested);
    assert_eq!(minor(&requested.amount), total(&order).minor_units());
    let command = succeed(&mut app, &order.id).await;
    assert_eq!(command.amount, total(&order));
    assert_eq!(command.refund_id.to_string(), requested.id);
    has_outcome(&mut app, &person, &order.id, RefundStatus::Succeeded).await;
    let event: OrderRefunded = app.participants.receive(&order.id).await;
    assert_eq!(event.amount, total(&order));
    let timeline = app.timeline(&person, &order.id).await;
    assert_eq!(
        timeline[8..],
        ["order refund_requested", "payment refunded"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_refunds_never_exceed_the_total() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    let whole = total(&order).minor_units();
    refund(&mut app, &person, &order.id, "r1", euros(500))
        .await
        .unwrap();
    let refused = refund(&mut app, &person, &order.id, "r2", euros(whole - 499)).await;
    assert_eq!(reason(&refused.unwrap_err()), "REFUND_EXCEEDS_CAPTURED");
    let rest = refund(&mut app, &person, &order.id, "r3", None)
        .await
        .unwrap();
    assert_eq!(minor(&rest.amount), whole - 500);
    let refused = refund(&mut app, &person, &order.id, "r4", None).await;
    assert_eq!(reason(&refused.unwrap_err()), "REFUND_EXCEEDS_CAPTURED");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_refunds_never_exceed_the_total() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    let half = total(&order).minor_units() / 2;
    let tries = (0..10).map(|n| {
        let request = person.request(RequestRefundRequest {
            order_id: order.id.clone(),
            idempotency_key: format!("r{n}"),
            amount: euros(half),
            reason: "broken".to_owned(),
        });
        let mut orders = app.orders.clone();
        tokio::spawn(async move { orders.request_refund(request).await })
    });
    let mut granted = 0;
    for attempt in tries.collect::<Vec<_>>() {
        granted += usize::from(attempt.await.unwrap().is_ok());
    }
    assert_eq!(granted, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_refund_can_be_requested_again() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    refund(&mut app, &person, &order.id, "r1", None)
        .await
        .unwrap();
    let command: RefundPayment = app.participants.receive(&order.id).await;
    app.participants
        .publish(&RefundFailed {
            order_id: command.order_id,
            payment_id: command.payment_id,
            refund_id: command.refund_id,
            code: "expired_or_canceled_card".to_owned(),
        })
        .await;
    has_outcome(&mut app, &person, &order.id, RefundStatus::Failed).await;
    let again = refund(&mut app, &person, &order.id, "r2", None)
        .await
        .unwrap();
    assert_eq!(minor(&again.amount), total(&order).minor_units());
    succeed(&mut app, &order.id).await;
    has_outcome(&mut app, &person, &order.id, RefundStatus::Succeeded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_days_later_can_be_requested_again() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    refund(&mut app, &person, &order.id, "r1", None)
        .await
        .unwrap();
    let command = succeed(&mut app, &order.id).await;
    has_outcome(&mut app, &person, &order.id, RefundStatus::Succeeded).await;
    for _ in 0..2 {
        app.participants
            .publish(&RefundFailed {
                order_id: command.order_id,
                payment_id: command.payment_id,
                refund_id: command.refund_id,
                code: "lost_or_stolen_card".to_owned(),
            })
            .await;
    }
    has_outcome(&mut app, &person, &order.id, RefundStatus::Failed).await;
    let again = refund(&mut app, &person, &order.id, "r2", None)
        .await
        .unwrap();
    assert_eq!(minor(&again.amount), total(&order).minor_units());
    succeed(&mut app, &order.id).await;
    has_outcome(&mut app, &person, &order.id, RefundStatus::Succeeded).await;
    let timeline = app.timeline(&person, &order.id).await;
    assert_eq!(
        timeline[8..],
        [
            "order refund_requested",
            "payment refunded",
            "payment refund_failed",
            "order refund_requested",
            "payment refunded",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_failed_does_not_succeed_afterwards() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    refund(&mut app, &person, &order.id, "r1", None)
        .await
        .unwrap();
    let command: RefundPayment = app.participants.receive(&order.id).await;
    app.participants
        .publish(&RefundFailed {
            order_id: command.order_id,
            payment_id: command.payment_id,
            refund_id: command.refund_id,
            code: "expired_or_canceled_card".to_owned(),
        })
        .await;
    // The earlier reply, delivered after the later one.
    app.participants
        .publish(&PaymentRefunded {
            order_id: command.order_id,
            payment_id: command.payment_id,
            refund_id: command.refund_id,
            amount: command.amount,
        })
        .await;
    app.confirmed().await;
    has_outcome(&mut app, &person, &order.id, RefundStatus::Failed).await;
    assert_eq!(app.participants.unread::<OrderRefunded>(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gives_the_same_refund_and_another_request_is_refused() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    let first = refund(&mut app, &person, &order.id, "r1", euros(500))
        .await
        .unwrap();
    let again = refund(&mut app, &person, &order.id, "r1", euros(500))
        .await
        .unwrap();
    assert_eq!(first, again);
    let refused = refund(&mut app, &person, &order.id, "r1", euros(501)).await;
    assert_eq!(reason(&refused.unwrap_err()), "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(app.rows("refunds", "true").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_requested_until_a_reply() {
    let mut app = App::with(&[
        ("saga.insist_wait_ms", "100"),
        ("saga.insist_wait_max_ms", "200"),
    ])
    .await;
    let (person, order) = app.shipped().await;
    refund(&mut app, &person, &order.id, "r1", None)
        .await
        .unwrap();
    let first: RefundPayment = app.participants.receive(&order.id).await;
    let second: RefundPayment = app.participants.receive(&order.id).await;
    assert_eq!(first, second, "the same command");
    succeed(&mut app, &order.id).await;
    has_outcome(&mut app, &person, &order.id, RefundStatus::Succeeded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uncaptured_order_and_another_customers_order_are_not_refunded() {
    let mut app = App::start().await;
    let (person, order) = app.confirmed().await;
    let refused = refund(&mut app, &person, &order.id, "r1", None).await;
    assert_eq!(reason(&refused.unwrap_err()), "ORDER_NOT_REFUNDABLE");
    let stranger = app.customer();
    let refused = refund(&mut app, &stranger, &order.id, "r1", None).await;
    assert_eq!(reason(&refused.unwrap_err()), "ORDER_NOT_FOUND");
    let request = person.request(RequestRefundRequest {
        order_id: order.id,
        idempotency_key: String::new(),
        amount: euros(-1),
        reason: "x".repeat(501),
    });
    let refused = app.orders.request_refund(request).await.unwrap_err();
    assert_eq!(fields(&refused), ["idempotency_key", "amount", "reason"]);
}
