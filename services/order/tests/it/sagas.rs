//! The operator's view: what is in flight, and what can be done about it by hand.

use contracts::messages::*;
use contracts::order::v1::*;
use testkit::{eventually, scrape};
use tonic::{Code, Status};

use crate::support::{App, Person, fields, reason};

const SECRET: &str = "the customer asked by phone";

async fn list(
    app: &mut App,
    state: SagaState,
    page_size: u32,
    page_token: String,
) -> Result<ListSagasResponse, Status> {
    let request = app.staff().says(ListSagasRequest {
        state: state.into(),
        page_size,
        page_token,
    });
    Ok(app.sagas.list_sagas(request).await?.into_inner())
}

async fn listed(app: &mut App, state: SagaState) -> Vec<(String, String)> {
    let page = list(app, state, 0, String::new()).await.unwrap();
    assert_eq!(page.next_page_token, "");
    let sagas = page.sagas.into_iter();
    sagas.map(|saga| (saga.order_id, saga.step)).collect()
}

async fn get(app: &mut App, id: &str) -> Saga {
    let request = app.staff().says(GetSagaRequest {
        order_id: id.to_owned(),
    });
    let answer = app.sagas.get_saga(request).await.unwrap();
    answer.into_inner().saga.unwrap()
}

async fn retry(app: &mut App, person: &Person, id: &str) -> Result<Saga, Status> {
    let request = person.says(RetrySagaRequest {
        order_id: id.to_owned(),
        reason: SECRET.to_owned(),
    });
    let answer = app.sagas.retry_saga(request).await?;
    Ok(answer.into_inner().saga.unwrap())
}

async fn compensate(app: &mut App, person: &Person, id: &str) -> Result<Saga, Status> {
    let request = person.says(CompensateSagaRequest {
        order_id: id.to_owned(),
        reason: SECRET.to_owned(),
    });
    let answer = app.sagas.compensate_saga(request).await?;
    Ok(answer.into_inner().saga.unwrap())
}

/// Who did what to an order by hand.
async fn audited(app: &App, kind: &str, person: &Person, id: &str) -> i64 {
    let (actor, why) = (person.id, SECRET);
    let condition = format!(
        "kind = '{kind}' AND subject = '{id}' AND actor_id = '{actor}' AND reason = '{why}'
         AND detail::json ->> 'step' IS NOT NULL"
    );
    app.rows("operator_actions", &condition).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_flight_is_listed_by_how_it_is_doing_longest_waiting_first() {
    let mut app = App::start().await;
    let (_, stuck) = app.placed().await;
    let (_, reserving) = app.placed().await;
    let (customer, undoing) = app.placed().await;
    app.cancel(&customer, &undoing.id).await.unwrap();
    app.confirmed().await;
    app.sql(&format!(
        "UPDATE sagas SET attempts = 4 WHERE order_id = '{}'",
        stuck.id
    ))
    .await;
    let at = |order: &Order, step: &str| (order.id.clone(), step.to_owned());
    for (state, expect) in [
        (
            SagaState::Unspecified,
            vec![
                at(&stuck, "reserve"),
                at(&reserving, "reserve"),
                at(&undoing, "release"),
            ],
        ),
        (SagaState::Stuck, vec![at(&stuck, "reserve")]),
        (SagaState::InFlight, vec![at(&reserving, "reserve")]),
        (SagaState::Compensating, vec![at(&undoing, "release")]),
    ] {
        assert_eq!(listed(&mut app, state).await, expect, "{state:?}");
    }
    let saga = get(&mut app, &undoing.id).await;
    assert_eq!(saga.state(), SagaState::Compensating);
    assert_eq!(saga.order_status(), OrderStatus::Pending);
    assert_eq!((saga.reason.as_str(), saga.attempts), ("by_customer", 1));
    assert!(saga.since.is_some() && saga.next_attempt_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_read_page_by_page() {
    let mut app = App::start().await;
    let mut placed = Vec::new();
    for _ in 0..5 {
        placed.push(app.placed().await.1.id);
    }
    // Two that wait for exactly as long.
    app.sql("UPDATE sagas SET since = (SELECT min(since) FROM sagas) WHERE order_id = (SELECT order_id FROM sagas ORDER BY since OFFSET 1 LIMIT 1)")
        .await;
    let mut seen = Vec::new();
    let mut token = String::new();
    for pages_left in (0..3).rev() {
        let page = list(&mut app, SagaState::Unspecified, 2, token)
            .await
            .unwrap();
        seen.extend(page.sagas.into_iter().map(|saga| saga.order_id));
        token = page.next_page_token;
        assert_eq!(token.is_empty(), pages_left == 0);
    }
    assert_eq!(seen, placed);

    let broken = list(&mut app, SagaState::Unspecified, 2, "x.y".to_owned()).await;
    assert_eq!(reason(&broken.unwrap_err()), "PAGE_TOKEN_INVALID");
    let too_many = list(&mut app, SagaState::Unspecified, 101, String::new()).await;
    assert_eq!(fields(&too_many.unwrap_err()), ["page_size"]);
    let idle = list(&mut app, SagaState::Idle, 0, String::new()).await;
    assert_eq!(fields(&idle.unwrap_err()), ["state"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_that_waits_for_its_customer_says_so_and_one_that_rests_is_idle() {
    let mut app = App::start().await;
    let (_, waiting) = app.placed().await;
    app.participants.reserve(&waiting.id).await;
    app.participants
        .need_customer(&waiting.id, "https://bank.example/1")
        .await;
    let (_, order) = app.confirmed().await;
    let saga = get(&mut app, &waiting.id).await;
    assert_eq!(saga.step, "authorize");
    assert_eq!(saga.reason, "action_required");
    assert_eq!(saga.state(), SagaState::InFlight);

    let saga = get(&mut app, &order.id).await;
    assert_eq!(saga.state(), SagaState::Idle);
    assert_eq!(saga.order_status(), OrderStatus::Confirmed);
    assert_eq!((saga.step.as_str(), saga.since), ("", None));
    assert_eq!(saga.next_attempt_at, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_by_hand_asks_at_once_and_changes_no_deadline() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    let first: ReserveStock = app.participants.hear(&order.id).await;
    let before = get(&mut app, &order.id).await;
    let staff = app.staff();
    let after = retry(&mut app, &staff, &order.id).await.unwrap();
    assert_eq!(after, before);
    let second: ReserveStock = app.participants.hear(&order.id).await;
    assert_eq!(first, second, "the very same question");
    assert_eq!(
        app.timeline(&person, &order.id).await,
        ["order placed", "order asked_by_operator"]
    );
    assert_eq!(audited(&app, "saga.retry", &staff, &order.id).await, 1);
    let leaked = format!("message LIKE '%{SECRET}%'");
    assert_eq!(app.rows("order_events", &leaked).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_under_way_is_in_flight_and_asked_for_again_by_hand() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    let request = person.says(RequestRefundRequest {
        order_id: order.id.clone(),
        idempotency_key: "r1".to_owned(),
        amount: None,
        reason: "broken".to_owned(),
    });
    app.orders.request_refund(request).await.unwrap();
    let first: RefundPayment = app.participants.hear(&order.id).await;
    let expect = [(order.id.clone(), "refund".to_owned())];
    assert_eq!(listed(&mut app, SagaState::InFlight).await, expect);
    assert_eq!(get(&mut app, &order.id).await.step, "refund");

    let staff = app.staff();
    retry(&mut app, &staff, &order.id).await.unwrap();
    let second: RefundPayment = app.participants.hear(&order.id).await;
    assert_eq!(first, second, "the very same question");
    assert_eq!(audited(&app, "saga.retry", &staff, &order.id).await, 1);
    let refused = compensate(&mut app, &staff, &order.id).await.unwrap_err();
    assert_eq!(reason(&refused), "SAGA_NOT_IN_FLIGHT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_given_up_by_hand_is_undone_and_rejected() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    app.participants.hear::<AuthorizePayment>(&order.id).await;
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
        .eventually(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(order.reason, "compensated");
    let event: OrderRejected = app.participants.hear(&order.id).await;
    assert_eq!(event.reason, "compensated");
    assert_eq!(app.participants.unasked::<VoidPayment>(), 0);
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
async fn past_the_pivot_and_at_rest_nothing_is_given_up_by_hand() {
    let mut app = App::start().await;
    let staff = app.staff();
    let (_, committing) = app.placed().await;
    app.participants.reserve(&committing.id).await;
    app.participants.authorize(&committing.id).await;
    app.participants
        .hear::<CommitReservation>(&committing.id)
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
    assert_eq!(app.rows("operator_actions", "true").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sagas_are_for_staff_and_nothing_is_done_without_a_reason() {
    let mut app = App::start().await;
    let (customer, order) = app.placed().await;
    let request = customer.says(ListSagasRequest::default());
    let mut refusals = vec![app.sagas.list_sagas(request).await.unwrap_err()];
    let request = customer.says(GetSagaRequest {
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
    let request = app.staff().says(CompensateSagaRequest {
        order_id: order.id.clone(),
        reason: " ".to_owned(),
    });
    let refused = app.sagas.compensate_saga(request).await.unwrap_err();
    assert_eq!(fields(&refused), ["reason"]);
    let request = app.staff().says(RetrySagaRequest {
        order_id: "x".to_owned(),
        reason: SECRET.to_owned(),
    });
    let refused = app.sagas.retry_saga(request).await.unwrap_err();
    assert_eq!(fields(&refused), ["order_id"]);
    assert_eq!(
        app.order(&customer, &order.id).await.status(),
        OrderStatus::Pending
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_flight_is_measured_by_step_and_by_how_it_is_doing() {
    let mut app = App::start().await;
    app.placed().await;
    let (_, stuck) = app.placed().await;
    app.sql(&format!(
        "UPDATE sagas SET attempts = 9, since = now() - interval '1 hour' WHERE order_id = '{}'",
        stuck.id
    ))
    .await;
    // A replica counts as soon as it starts.
    let replica = app.replica().await;
    eventually("counted sagas", async || {
        let text = scrape(&app.admin_url()).await;
        let has = |step, state, count| {
            let labels = [format!("step=\"{step}\""), format!("state=\"{state}\"")];
            let mut lines = text
                .lines()
                .filter(|line| line.starts_with("sagas_in_flight{"));
            lines.any(|line| {
                labels.iter().all(|label| line.contains(label)) && line.ends_with(count)
            })
        };
        let counted = has("reserve", "in_flight", " 1.0")
            && has("reserve", "stuck", " 1.0")
            && has("refund", "in_flight", " 0.0");
        counted.then_some(())
    })
    .await;
    let age: f64 = app
        .metric("sagas_oldest_age_seconds")
        .await
        .unwrap()
        .parse()
        .unwrap();
    assert!(age >= 3_600.0, "{age}");
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orders_number_leads_to_its_trace() {
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    let mut app = App::start().await;
    let (_, waiting) = app.placed().await;
    let (_, confirmed) = app.confirmed().await;
    let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
    app.sql(&format!("UPDATE sagas SET traceparent = '{parent}'"))
        .await;
    assert_eq!(get(&mut app, &waiting.id).await.trace_id, TRACE);
    assert_eq!(get(&mut app, &confirmed.id).await.trace_id, TRACE);
    let page = list(&mut app, SagaState::Unspecified, 0, String::new()).await;
    let traces: Vec<_> = page
        .unwrap()
        .sagas
        .into_iter()
        .map(|saga| saga.trace_id)
        .collect();
    assert_eq!(traces, [TRACE]);

    // An order that was placed before traces were kept.
    app.sql("UPDATE sagas SET traceparent = NULL").await;
    assert_eq!(get(&mut app, &waiting.id).await.trace_id, "");
}
