//! What operators do with sagas: retry and compensate.

use contracts::messages::*;
use contracts::order::v1::*;
use tonic::{Code, Status};

use crate::sagas::{get, listed};
use crate::support::{App, Person, fields, reason};

const REASON: &str = "the customer called by phone";

async fn retry(app: &mut App, person: &Person, id: &str) -> Result<Saga, Status> {
    let request = person.request(RetrySagaRequest {
        order_id: id.to_owned(),
        reason: REASON.to_owned(),
    });
    let answer = app.sagas.retry_saga(request).await?;
    Ok(answer.into_inner().saga.unwrap())
}

async fn compensate(app: &mut App, person: &Person, id: &str) -> Result<Saga, Status> {
    let request = person.request(CompensateSagaRequest {
        order_id: id.to_owned(),
        reason: REASON.to_owned(),
    });
    let answer = app.sagas.compensate_saga(request).await?;
    Ok(answer.into_inner().saga.unwrap())
}

/// The number of recorded actions of this kind on an order.
async fn audited(app: &App, kind: &str, person: &Person, id: &str) -> i64 {
    let (actor, why) = (person.id, REASON);
    let condition = format!(
        "kind = '{kind}' AND subject = '{id}' AND actor_id = '{actor}' AND reason = '{why}'
         AND NULLIF(detail, '')::json ->> 'step' IS NOT NULL"
    );
    app.rows("operator_actions", &condition).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_sends_the_command_at_once_and_changes_no_deadline() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    let first: ReserveStock = app.participants.receive(&order.id).await;
    let before = get(&mut app, &order.id).await;
    let staff = app.staff();
    let after = retry(&mut app, &staff, &order.id).await.unwrap();
    assert_eq!(after, before);
    let second: ReserveStock = app.participants.receive(&order.id).await;
    assert_eq!(first, second, "the same command");
    assert_eq!(
        app.timeline(&person, &order.id).await,
        ["order placed", "order asked_by_operator"]
    );
    assert_eq!(audited(&app, "saga.retry", &staff, &order.id).await, 1);
    let leaked = format!("message LIKE '%{REASON}%'");
    assert_eq!(app.rows("order_events", &leaked).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_refund_is_in_flight_and_can_be_retried() {
    let mut app = App::start().await;
    let (_, order) = app.shipped().await;
    let request = app.staff().request(RequestRefundRequest {
        order_id: order.id.clone(),
        idempotency_key: "r1".to_owned(),
        amount: None,
        reason: "broken".to_owned(),
        lines: Vec::new(),
    });
    app.orders.request_refund(request).await.unwrap();
    let first: RefundPayment = app.participants.receive(&order.id).await;
    let expect = [(order.id.clone(), "refund".to_owned())];
    assert_eq!(listed(&mut app, SagaState::InFlight).await, expect);
    assert_eq!(get(&mut app, &order.id).await.step, "refund");

    let staff = app.staff();
    retry(&mut app, &staff, &order.id).await.unwrap();
    let second: RefundPayment = app.participants.receive(&order.id).await;
    assert_eq!(first, second, "the same command");
    assert_eq!(audited(&app, "saga.retry", &staff, &order.id).await, 1);
    let refused = compensate(&mut app, &staff, &order.id).await.unwrap_err();
    assert_eq!(reason(&refused), "SAGA_NOT_IN_FLIGHT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compensated_checkout_is_undone_and_rejected() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    app.participants
        .receive::<AuthorizePayment>(&order.id)
        .await;
    let staff = app.staff();
    for _ in 0..2 {
        let saga = compensate(&mut app, &staff, &order.id).await.unwrap();
        assert_eq!(saga.state(), SagaState::Compensating);
        assert_eq!(
            (saga.step.as_str(), saga.reason.as_str()),
            ("void", "compensated")
        );
    }
    app.participants.void(&order.id).await;
    app.participants.release(&order.id).await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(order.reason, "compensated");
    let event: OrderRejected = app.participants.receive(&order.id).await;
    assert_eq!(event.reason, "compensated");
    assert_eq!(app.participants.unread::<VoidPayment>(), 0);
    assert_eq!(
        app.timeline(&person, &order.id).await,
        [
            "order placed",
            "catalog stock_reserved",
            "order given_up_by_operator",
            "payment payment_voided",
            "catalog stock_released",
            "order rejected",
        ]
    );
    assert_eq!(audited(&app, "saga.compensate", &staff, &order.id).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_past_the_pivot_or_idle_is_not_compensated() {
    let mut app = App::start().await;
    let staff = app.staff();
    let (_, committing) = app.placed().await;
    app.participants.reserve(&committing.id).await;
    app.participants.authorize(&committing.id).await;
    app.participants
        .receive::<CommitReservation>(&committing.id)
        .await;
    let refused = compensate(&mut app, &staff, &committing.id).await;
    assert_eq!(reason(&refused.unwrap_err()), "SAGA_PAST_PIVOT");

    let (_, shipping) = app.confirmed().await;
    let refused = compensate(&mut app, &staff, &shipping.id).await;
    assert_eq!(reason(&refused.unwrap_err()), "SAGA_NOT_IN_FLIGHT");
    let refused = retry(&mut app, &staff, &shipping.id).await;
    assert_eq!(reason(&refused.unwrap_err()), "SAGA_NOT_IN_FLIGHT");
    app.ship(&shipping.id, "TRACK-1").await.unwrap();
    let refused = compensate(&mut app, &staff, &shipping.id).await;
    assert_eq!(reason(&refused.unwrap_err()), "SAGA_PAST_PIVOT");

    let unknown = kernel::OrderId::generate().to_string();
    let refused = compensate(&mut app, &staff, &unknown).await.unwrap_err();
    assert_eq!(reason(&refused), "ORDER_NOT_FOUND");
    let refused = retry(&mut app, &staff, &unknown).await.unwrap_err();
    assert_eq!(reason(&refused), "ORDER_NOT_FOUND");
    let of_sagas = "kind LIKE 'saga.%'";
    assert_eq!(app.rows("operator_actions", of_sagas).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sagas_are_for_staff_and_actions_need_a_reason() {
    let mut app = App::start().await;
    let (customer, order) = app.placed().await;
    let request = customer.request(ListSagasRequest::default());
    let mut refusals = vec![app.sagas.list_sagas(request).await.unwrap_err()];
    let request = customer.request(GetSagaRequest {
        order_id: order.id.clone(),
    });
    refusals.push(app.sagas.get_saga(request).await.unwrap_err());
    refusals.push(retry(&mut app, &customer, &order.id).await.unwrap_err());
    refusals.push(
        compensate(&mut app, &customer, &order.id)
            .await
            .unwrap_err(),
    );
    for refused in refusals {
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    let request = app.staff().request(CompensateSagaRequest {
        order_id: order.id.clone(),
        reason: " ".to_owned(),
    });
    let refused = app.sagas.compensate_saga(request).await.unwrap_err();
    assert_eq!(fields(&refused), ["reason"]);
    let request = app.staff().request(RetrySagaRequest {
        order_id: "x".to_owned(),
        reason: REASON.to_owned(),
    });
    let refused = app.sagas.retry_saga(request).await.unwrap_err();
    assert_eq!(fields(&refused), ["order_id"]);
    assert_eq!(
        app.order(&customer, &order.id).await.status(),
        OrderStatus::Pending
    );
}
