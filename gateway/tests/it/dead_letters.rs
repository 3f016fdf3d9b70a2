//! Dead letters and the audit log.

use contracts::operations::v1::*;
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tonic::Code;

use crate::{
    samples::{ID, OTHER_ID, dead_letter, refusal, time},
    shop::Shop,
};

const ALL: &str = "/api/v1/staff/dead-letters";

fn one(rest: &str) -> String {
    format!("{ALL}/payment/{ID}{rest}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dead_letters_of_a_service_are_listed() {
    let shop = Shop::open().await;
    shop.services.on(|request: ListDeadLettersRequest| {
        assert_eq!(request.limit, 5);
        let unreadable = DeadLetter {
            id: OTHER_ID.to_owned(),
            ..DeadLetter::default()
        };
        Ok(ListDeadLettersResponse {
            dead_letters: vec![dead_letter(""), unreadable],
            total: 2,
        })
    });
    let path = format!("{ALL}?service=payment&page_size=5");
    let list = shop.as_staff("GET", &path, Value::Null).await;
    assert_json_snapshot!(list.expect(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_required_and_invalid_parameters_are_named() {
    let shop = Shop::open().await;
    for (query, field, message) in [
        ("", "service", "must be given"),
        ("?service=", "service", "must be given"),
        (
            "?service=warehouse",
            "service",
            "must be one of catalog, order, payment, user",
        ),
        (
            "?service=order&page_size=101",
            "page_size",
            "must be between 1 and 100",
        ),
    ] {
        let answer = shop
            .as_staff("GET", &format!("{ALL}{query}"), Value::Null)
            .await;
        let document = answer.problem(400, "query-invalid");
        let named = json!([{"field": field, "message": message}]);
        assert_eq!(document["errors"], named, "{query}");
    }
    let answer = shop
        .as_staff("GET", "/api/v1/staff/actions", Value::Null)
        .await;
    let document = answer.problem(400, "query-invalid");
    assert_eq!(document["errors"][0]["field"], "service");
    let elsewhere = format!("{ALL}/warehouse/{ID}");
    let answer = shop.as_staff("GET", &elsewhere, Value::Null).await;
    let document = answer.problem(400, "path-invalid");
    assert_eq!(document["errors"][0]["field"], "service");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_read_as_it_was_published() {
    let shop = Shop::open().await;
    shop.services.on(|request: GetDeadLetterRequest| {
        assert_eq!(request.id, ID);
        Ok(GetDeadLetterResponse {
            dead_letter: Some(dead_letter("{\"order_id\": \"1\"}")),
        })
    });
    let letter = shop.as_staff("GET", &one(""), Value::Null).await;
    let letter = letter.expect(200);
    assert_eq!(letter["data"], "{\"order_id\": \"1\"}");
    assert_eq!(letter["type"], "payment.authorize.v1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_redriven_or_dropped_with_a_reason() {
    let shop = Shop::open().await;
    shop.services.on(|request: RedriveDeadLetterRequest| {
        let sent = (request.id.as_str(), request.reason.as_str());
        assert_eq!(sent, (ID, "it is fixed"));
        Ok(RedriveDeadLetterResponse {})
    });
    shop.services.on(|request: DropDeadLetterRequest| {
        let sent = (request.id.as_str(), request.reason.as_str());
        assert_eq!(sent, (ID, "a test's"));
        Ok(DropDeadLetterResponse {})
    });
    shop.services.on(|request: RedriveAllDeadLettersRequest| {
        assert_eq!(request.reason, "all is fixed");
        Ok(RedriveAllDeadLettersResponse { redriven: 3 })
    });
    let why = |reason| json!({"reason": reason});
    let redriven = shop
        .as_staff("POST", &one("/redrive"), why("it is fixed"))
        .await;
    redriven.expect(204);
    let dropped = shop.as_staff("POST", &one("/drop"), why("a test's")).await;
    dropped.expect(204);
    let all = format!("{ALL}/payment/redrive");
    let all = shop.as_staff("POST", &all, why("all is fixed")).await;
    assert_eq!(all.expect(200), json!({"redriven": 3}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_action_needs_a_reason() {
    let shop = Shop::open().await;
    let all = format!("{ALL}/payment/redrive");
    for path in [one("/redrive"), one("/drop"), all] {
        let answer = shop.as_staff("POST", &path, json!({})).await;
        let document = answer.problem(422, "validation-failed");
        let detail = document["detail"].as_str().unwrap();
        assert!(detail.contains("reason"), "{document}");
    }
    assert!(shop.services.calls::<DropDeadLetterRequest>().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_dead_letter_is_a_404() {
    let shop = Shop::open().await;
    shop.services.on(|_: DropDeadLetterRequest| {
        let status = refusal(
            Code::NotFound,
            "DEAD_LETTER_NOT_FOUND",
            "no such dead letter",
        );
        Err::<DropDeadLetterResponse, _>(status)
    });
    let why = json!({"reason": "again"});
    let answer = shop.as_staff("POST", &one("/drop"), why).await;
    answer.problem(404, "dead-letter-not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_actions_are_listed_and_filtered() {
    let shop = Shop::open().await;
    shop.services.on(|request: ListActionsRequest| {
        let expected = ListActionsRequest {
            page_size: 10,
            page_token: "page-2".to_owned(),
            kind: "saga.retry".to_owned(),
            subject: OTHER_ID.to_owned(),
            actor_id: OTHER_ID.to_owned(),
            since: time(),
            until: None,
        };
        assert_eq!(request, expected);
        let action = Action {
            id: ID.to_owned(),
            kind: "saga.retry".to_owned(),
            subject: OTHER_ID.to_owned(),
            actor_id: OTHER_ID.to_owned(),
            reason: "the customer called".to_owned(),
            detail: String::new(),
            before: r#"{"status":"pending"}"#.to_owned(),
            after: r#"{"status":"rejected"}"#.to_owned(),
            trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
            at: time(),
        };
        Ok(ListActionsResponse {
            actions: vec![action],
            next_page_token: "page-3".to_owned(),
        })
    });
    let path = format!(
        "/api/v1/staff/actions?service=order&page_size=10&page_token=page-2&kind=saga.retry\
         &subject={OTHER_ID}&actor_id={OTHER_ID}&since=2026-11-18T11:06:40.5Z"
    );
    let page = shop.as_staff("GET", &path, Value::Null).await;
    assert_json_snapshot!(page.expect(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_lists_its_own_dead_letters_and_actions() {
    let shop =
        Shop::open_with(|source| source.set("upstreams.payment.url", "http://127.0.0.1:1")).await;
    shop.services
        .on(|_: ListDeadLettersRequest| Ok(ListDeadLettersResponse::default()));
    for (service, status) in [
        ("catalog", 200),
        ("order", 200),
        ("payment", 503),
        ("user", 200),
    ] {
        let path = format!("{ALL}?service={service}");
        let answer = shop.as_staff("GET", &path, Value::Null).await;
        assert_eq!(answer.status, status, "{service}: {answer:?}");
    }
    shop.services
        .on(|_: ListActionsRequest| Ok(ListActionsResponse::default()));
    for (service, status) in [("catalog", 200), ("user", 200), ("payment", 503)] {
        let path = format!("/api/v1/staff/actions?service={service}");
        let answer = shop.as_staff("GET", &path, Value::Null).await;
        assert_eq!(answer.status, status, "{service}: {answer:?}");
    }
}
