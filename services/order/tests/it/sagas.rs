//! Sagas and refunds in flight, as operators list and read them.

use contracts::order::v1::*;
use testkit::{eventually, scrape};
use tonic::Status;

use crate::support::{App, fields, reason};

async fn list(
    app: &mut App,
    state: SagaState,
    page_size: u32,
    page_token: String,
) -> Result<ListSagasResponse, Status> {
    let request = app.staff().request(ListSagasRequest {
        state: state.into(),
        page_size,
        page_token,
    });
    Ok(app.sagas.list_sagas(request).await?.into_inner())
}

pub(crate) async fn listed(app: &mut App, state: SagaState) -> Vec<(String, String)> {
    let page = list(app, state, 0, String::new()).await.unwrap();
    assert_eq!(page.next_page_token, "");
    let sagas = page.sagas.into_iter();
    sagas.map(|saga| (saga.order_id, saga.step)).collect()
}

pub(crate) async fn get(app: &mut App, id: &str) -> Saga {
    let request = app.staff().request(GetSagaRequest {
        order_id: id.to_owned(),
    });
    let answer = app.sagas.get_saga(request).await.unwrap();
    answer.into_inner().saga.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sagas_are_listed_by_state_oldest_first() {
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
    // Two of them have waited for exactly as long.
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
async fn a_saga_that_waits_for_its_customer_has_a_reason_and_a_done_one_is_idle() {
    let mut app = App::start().await;
    let (_, waiting) = app.placed().await;
    app.participants.reserve(&waiting.id).await;
    app.participants
        .require_action(&waiting.id, "https://bank.example/1")
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
async fn sagas_in_flight_are_measured_by_step_and_state() {
    let mut app = App::start().await;
    app.placed().await;
    let (_, stuck) = app.placed().await;
    app.sql(&format!(
        "UPDATE sagas SET attempts = 9, since = now() - interval '1 hour' WHERE order_id = '{}'",
        stuck.id
    ))
    .await;
    // A replica measures when it starts.
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
async fn a_saga_has_the_trace_of_its_order() {
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

    // A row without a trace.
    app.sql("UPDATE sagas SET traceparent = NULL").await;
    assert_eq!(get(&mut app, &waiting.id).await.trace_id, "");
}
