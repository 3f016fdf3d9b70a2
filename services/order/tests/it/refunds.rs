use contracts::messages::*;
use contracts::order::v1::{LineUnits, Refund, RefundStatus, RequestRefundRequest};
use contracts::types::v1::Money;
use testkit::eventually;
use tonic::{Code, Status};

use crate::support::{App, Person, fields, minor, reason, total};

fn euros(minor_units: i64) -> Option<Money> {
    Some(Money {
        minor_units,
        currency: "EUR".to_owned(),
    })
}

/// As staff.
async fn refund(
    app: &mut App,
    order: &str,
    key: &str,
    amount: Option<Money>,
) -> Result<Refund, Status> {
    let request = app.staff().request(refund_request(order, key, amount));
    let answer = app.orders.request_refund(request).await?;
    Ok(answer.into_inner().refund.unwrap())
}

pub(crate) fn refund_request(
    order: &str,
    key: &str,
    amount: Option<Money>,
) -> RequestRefundRequest {
    RequestRefundRequest {
        order_id: order.to_owned(),
        idempotency_key: key.to_owned(),
        amount,
        reason: "broken".to_owned(),
        lines: Vec::new(),
    }
}

pub(crate) async fn has_outcome(app: &mut App, person: &Person, order: &str, status: RefundStatus) {
    eventually("a refund with an outcome", async || {
        let order = app.order(person, order).await;
        let last = order.refunds.last().unwrap().clone();
        (last.status() == status).then_some(())
    })
    .await;
}

pub(crate) async fn succeed(app: &mut App, order: &str) -> RefundPayment {
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
    let requested = refund(&mut app, &order.id, "r1", None).await.unwrap();
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
    let (_, order) = app.shipped().await;
    let whole = total(&order).minor_units();
    refund(&mut app, &order.id, "r1", euros(500)).await.unwrap();
    let refused = refund(&mut app, &order.id, "r2", euros(whole - 499)).await;
    assert_eq!(reason(&refused.unwrap_err()), "REFUND_EXCEEDS_CAPTURED");
    let rest = refund(&mut app, &order.id, "r3", None).await.unwrap();
    assert_eq!(minor(&rest.amount), whole - 500);
    let refused = refund(&mut app, &order.id, "r4", None).await;
    assert_eq!(reason(&refused.unwrap_err()), "REFUND_EXCEEDS_CAPTURED");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_refunds_never_exceed_the_total() {
    let mut app = App::start().await;
    let (_, order) = app.shipped().await;
    let half = total(&order).minor_units() / 2;
    let tries = (0..10).map(|n| {
        let request = refund_request(&order.id, &format!("r{n}"), euros(half));
        let request = app.staff().request(request);
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
    refund(&mut app, &order.id, "r1", None).await.unwrap();
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
    let again = refund(&mut app, &order.id, "r2", None).await.unwrap();
    assert_eq!(minor(&again.amount), total(&order).minor_units());
    succeed(&mut app, &order.id).await;
    has_outcome(&mut app, &person, &order.id, RefundStatus::Succeeded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_days_later_can_be_requested_again() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    refund(&mut app, &order.id, "r1", None).await.unwrap();
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
    let again = refund(&mut app, &order.id, "r2", None).await.unwrap();
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
    refund(&mut app, &order.id, "r1", None).await.unwrap();
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
    let (_, order) = app.shipped().await;
    let first = refund(&mut app, &order.id, "r1", euros(500)).await.unwrap();
    let again = refund(&mut app, &order.id, "r1", euros(500)).await.unwrap();
    assert_eq!(first, again);
    let refused = refund(&mut app, &order.id, "r1", euros(501)).await;
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
    refund(&mut app, &order.id, "r1", None).await.unwrap();
    let first: RefundPayment = app.participants.receive(&order.id).await;
    let second: RefundPayment = app.participants.receive(&order.id).await;
    assert_eq!(first, second, "the same command");
    succeed(&mut app, &order.id).await;
    has_outcome(&mut app, &person, &order.id, RefundStatus::Succeeded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_refunded_with_their_share_and_on_record() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    let staff = app.staff();
    let one = |key: &str| RequestRefundRequest {
        lines: vec![LineUnits {
            sku: "COFFEE".to_owned(),
            quantity: 1,
        }],
        ..refund_request(&order.id, key, None)
    };
    let mut shares = 0;
    for key in ["r1", "r2"] {
        let answer = app.orders.request_refund(staff.request(one(key))).await;
        let refund = answer.unwrap().into_inner().refund.unwrap();
        let share = refund.share.unwrap();
        assert_eq!(share.total, refund.amount);
        assert_eq!(refund.lines, one(key).lines);
        shares += minor(&share.total);
    }
    assert_eq!(shares, total(&order).minor_units());
    let answer = app.orders.request_refund(staff.request(one("r3"))).await;
    assert_eq!(reason(&answer.unwrap_err()), "REFUND_EXCEEDS_BOUGHT");
    let read = app.order(&person, &order.id).await;
    assert_eq!(read.refunds.len(), 2);
    assert_eq!(read.refunds[0].lines, one("r1").lines);
    let recorded = format!(
        "kind = 'order.refund' AND subject = '{}' AND actor_id = '{}' AND reason = 'broken'",
        order.id, staff.id
    );
    assert_eq!(app.rows("operator_actions", &recorded).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_cannot_refund_their_own_orders() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    let request = person.request(refund_request(&order.id, "r1", None));
    let refused = app.orders.request_refund(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(app.rows("refunds", "true").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uncaptured_order_and_an_unknown_order_are_not_refunded() {
    let mut app = App::start().await;
    let (_, order) = app.confirmed().await;
    let refused = refund(&mut app, &order.id, "r1", None).await;
    assert_eq!(reason(&refused.unwrap_err()), "ORDER_NOT_REFUNDABLE");
    let unknown = kernel::OrderId::generate().to_string();
    let refused = refund(&mut app, &unknown, "r1", None).await;
    assert_eq!(reason(&refused.unwrap_err()), "ORDER_NOT_FOUND");
    let request = app.staff().request(RequestRefundRequest {
        reason: "x".repeat(501),
        ..refund_request(&order.id, "", euros(-1))
    });
    let refused = app.orders.request_refund(request).await.unwrap_err();
    assert_eq!(fields(&refused), ["idempotency_key", "amount", "reason"]);
}
