use contracts::order::v1::*;
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tonic::Code;

use crate::{
    samples::{ID, refusal, saga},
    shop::Shop,
};

const ALL: &str = "/api/v1/staff/sagas";

fn one(rest: &str) -> String {
    format!("{ALL}/{ID}{rest}")
}

#[tokio::test(flavor = "multi_thread")]
async fn sagas_are_listed_by_state() {
    let shop = Shop::open().await;
    shop.services.on(|request: ListSagasRequest| {
        let expected = ListSagasRequest {
            state: SagaState::Stuck.into(),
            page_size: 10,
            page_token: "page-2".to_owned(),
        };
        assert_eq!(request, expected);
        Ok(ListSagasResponse {
            sagas: vec![saga(SagaState::Stuck).unwrap()],
            next_page_token: "page-3".to_owned(),
        })
    });
    let path = format!("{ALL}?state=stuck&page_size=10&page_token=page-2");
    let page = shop.as_staff("GET", &path, Value::Null).await;
    assert_json_snapshot!(page.expect(200));
    let idle = format!("{ALL}?state=idle");
    let answer = shop.as_staff("GET", &idle, Value::Null).await;
    let document = answer.problem(400, "query-invalid");
    assert_eq!(document["errors"][0]["field"], "state");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_saga_has_no_step() {
    let shop = Shop::open().await;
    shop.services.on(|request: GetSagaRequest| {
        assert_eq!(request.order_id, ID);
        let idle = Saga {
            order_id: ID.to_owned(),
            order_status: OrderStatus::Confirmed.into(),
            state: SagaState::Idle.into(),
            ..Saga::default()
        };
        Ok(GetSagaResponse { saga: Some(idle) })
    });
    let answer = shop.as_staff("GET", &one(""), Value::Null).await;
    let idle = json!({"order_id": ID, "order_status": "confirmed", "state": "idle", "attempts": 0});
    assert_eq!(answer.expect(200), idle);
    let answer = shop
        .as_staff("GET", &format!("{ALL}/42"), Value::Null)
        .await;
    let document = answer.problem(400, "path-invalid");
    assert_eq!(document["errors"][0]["field"], "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_is_retried_or_compensated_with_a_reason() {
    let shop = Shop::open().await;
    shop.services.on(|request: RetrySagaRequest| {
        let sent = (request.order_id.as_str(), request.reason.as_str());
        assert_eq!(sent, (ID, "the bank is back"));
        Ok(RetrySagaResponse {
            saga: saga(SagaState::InFlight),
        })
    });
    shop.services.on(|request: CompensateSagaRequest| {
        let sent = (request.order_id.as_str(), request.reason.as_str());
        assert_eq!(sent, (ID, "the customer called"));
        Ok(CompensateSagaResponse {
            saga: saga(SagaState::Compensating),
        })
    });
    let why = json!({"reason": "the bank is back"});
    let retried = shop.as_staff("POST", &one("/retry"), why).await;
    assert_eq!(retried.expect(200)["state"], "in_flight");
    let why = json!({"reason": "the customer called"});
    let compensated = shop.as_staff("POST", &one("/compensation"), why).await;
    assert_eq!(compensated.expect(200)["state"], "compensating");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_that_cannot_be_compensated_is_a_409() {
    let shop = Shop::open().await;
    for (reason, name) in [
        ("SAGA_NOT_IN_FLIGHT", "saga-not-in-flight"),
        ("SAGA_PAST_PIVOT", "saga-past-pivot"),
    ] {
        shop.services.on(move |_: CompensateSagaRequest| {
            let status = refusal(Code::FailedPrecondition, reason, "it is too late");
            Err::<CompensateSagaResponse, _>(status)
        });
        let why = json!({"reason": "the customer called"});
        let answer = shop.as_staff("POST", &one("/compensation"), why).await;
        answer.problem(409, name);
    }
}
