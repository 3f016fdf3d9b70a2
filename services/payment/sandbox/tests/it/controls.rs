use std::time::Duration;

use serde_json::json;

use crate::support::{App, HOLD};

const INTENTS: &str = "/v1/payment_intents";

#[tokio::test(flavor = "multi_thread")]
async fn the_next_calls_fail_without_acting() {
    let app = App::start().await;
    app.control("/_sandbox/fail", json!({"next": 2, "status": 500}))
        .await;
    for _ in 0..2 {
        let answer = app.post(INTENTS, &HOLD).await;
        assert_eq!(answer.status, 500);
        assert_eq!(answer.body["error"]["type"], "api_error");
    }
    assert_eq!(app.get(INTENTS).await.body["data"], json!([]));
    assert_eq!(app.post(INTENTS, &HOLD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_can_be_bound_to_an_operation() {
    let app = App::start().await;
    let fail = json!({"next": 1, "status": 429, "operation": "capture"});
    app.control("/_sandbox/fail", fail).await;
    let id = app.hold().await;
    let path = format!("{INTENTS}/{id}/capture");
    assert_eq!(app.post(&path, &[]).await.status, 429);
    assert_eq!(app.post(&path, &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_was_acted_on_and_is_replayed_by_its_key() {
    let app = App::start().await;
    app.control("/_sandbox/lose", json!({"next": 1})).await;
    let request = app.form(INTENTS, &HOLD).header("Idempotency-Key", "k1");
    let cut = match request.send().await {
        Err(error) => error,
        Ok(answer) => answer.bytes().await.expect_err("the connection is cut"),
    };
    assert!(!cut.is_timeout());
    let again = app.post_with_key("k1", INTENTS, &HOLD).await;
    assert_eq!(again.status, 200);
    assert!(again.replayed);
    assert_eq!(
        app.get(INTENTS).await.body["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_acts_even_when_the_caller_hangs_up() {
    let app = App::start().await;
    app.control("/_sandbox/latency", json!({"after_ms": 60_000}))
        .await;
    let request = app.form(INTENTS, &HOLD).timeout(Duration::from_millis(100));
    assert!(request.send().await.expect_err("too slow").is_timeout());
    assert_eq!(
        app.get(INTENTS).await.body["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_can_run_out() {
    let app = App::start().await;
    let id = app.hold().await;
    let path = format!("/_sandbox/payment_intents/{id}/expire");
    let expired = app.control(&path, json!({})).await.body;
    assert_eq!(expired["status"], "canceled");
    assert_eq!(expired["cancellation_reason"], "automatic");
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_forgets_everything() {
    let app = App::start().await;
    app.hold().await;
    app.control("/_sandbox/fail", json!({"next": 9, "status": 500}))
        .await;
    let state = app.control("/_sandbox/reset", json!({})).await.body;
    assert_eq!(state["payment_intents"], 0);
    assert_eq!(state["faults"]["fail"], json!(null));
    assert_eq!(app.post(INTENTS, &HOLD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_that_makes_no_sense_is_refused() {
    let app = App::start().await;
    for body in [
        json!({"next": 1, "status": 200}),
        json!({"next": 1, "status": 500, "x": 1}),
    ] {
        let request = app.http.post(app.url("/_sandbox/fail")).json(&body);
        assert_eq!(request.send().await.unwrap().status().as_u16(), 400);
    }
}
