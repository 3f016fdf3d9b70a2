use std::time::Duration;

use serde_json::json;

use crate::support::{AUTHORIZATION, App, CONTROL_HEADER, CONTROL_KEY, INTENTS};

#[tokio::test(flavor = "multi_thread")]
async fn the_next_calls_fail_without_acting() {
    let app = App::start().await;
    app.control("fail", json!({"next": 2, "status": 500})).await;
    for _ in 0..2 {
        let answer = app.post(INTENTS, &AUTHORIZATION).await;
        assert_eq!(answer.status, 500);
        assert_eq!(answer.body["error"]["type"], "api_error");
    }
    assert_eq!(app.get(INTENTS).await.body["data"], json!([]));
    assert_eq!(app.post(INTENTS, &AUTHORIZATION).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_can_be_limited_to_an_operation() {
    let app = App::start().await;
    let fail = json!({"next": 1, "status": 429, "operation": "capture"});
    app.control("fail", fail).await;
    let id = app.authorize().await;
    let path = format!("{INTENTS}/{id}/capture");
    assert_eq!(app.post(&path, &[]).await.status, 429);
    assert_eq!(app.post(&path, &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_a_lost_response_acts_and_is_replayed() {
    let app = App::start().await;
    app.control("lose", json!({"next": 1})).await;
    app.post_and_lose("k1", INTENTS, &AUTHORIZATION).await;
    let again = app.post_with_key("k1", INTENTS, &AUTHORIZATION).await;
    assert_eq!(again.status, 200);
    assert!(again.replayed);
    assert_eq!(app.state().await["counts"]["payment_intents"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_cut_before_acting_changes_nothing() {
    let app = App::start().await;
    app.control("lose", json!({"next": 1, "acts": false})).await;
    app.post_and_lose("k1", INTENTS, &AUTHORIZATION).await;
    assert_eq!(app.state().await["counts"]["payment_intents"], 0);
    let again = app.post_with_key("k1", INTENTS, &AUTHORIZATION).await;
    assert_eq!((again.status, again.replayed), (200, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_failure_is_replayed_without_acting() {
    let app = App::start().await;
    app.control("fail", json!({"next": 1, "status": 500, "mode": "store"}))
        .await;
    let failed = app.post_with_key("k1", INTENTS, &AUTHORIZATION).await;
    let again = app.post_with_key("k1", INTENTS, &AUTHORIZATION).await;
    assert_eq!((failed.status, failed.replayed), (500, false));
    assert_eq!((again.status, again.replayed), (500, true));
    assert_eq!(app.state().await["counts"]["payment_intents"], 0);
    assert_eq!(
        app.post_with_key("k2", INTENTS, &AUTHORIZATION)
            .await
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_after_acting_is_replayed_and_the_change_remains() {
    let app = App::start().await;
    app.control("fail", json!({"next": 1, "status": 500, "mode": "act"}))
        .await;
    let failed = app.post_with_key("k1", INTENTS, &AUTHORIZATION).await;
    let again = app.post_with_key("k1", INTENTS, &AUTHORIZATION).await;
    assert_eq!((failed.status, failed.replayed), (500, false));
    assert_eq!((again.status, again.replayed), (500, true));
    let list = app.get(INTENTS).await.body;
    assert_eq!(list["data"][0]["status"], "requires_capture");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_provider_stores_nothing_and_sends_retry_after() {
    let app = App::start().await;
    for status in [429, 503] {
        app.control("fail", json!({"next": 1, "status": status}))
            .await;
        let request = app
            .form(INTENTS, &AUTHORIZATION)
            .header("Idempotency-Key", "k1");
        let busy = request.send().await.unwrap();
        assert_eq!(busy.status().as_u16(), status);
        assert_eq!(busy.headers()["Retry-After"], "1");
    }
    let again = app.post_with_key("k1", INTENTS, &AUTHORIZATION).await;
    assert_eq!((again.status, again.replayed), (200, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn under_chaos_a_key_acts_at_most_once() {
    let app = App::start().await;
    let chaos = json!({"error_rate": 0.4, "lost_answer_rate": 0.3, "latency_ms": 5, "seed": 7});
    app.control("chaos", chaos).await;
    let mut answered = 0;
    for customer in 0..20 {
        for _ in 0..8 {
            let request = app
                .form(INTENTS, &AUTHORIZATION)
                .header("Idempotency-Key", format!("k{customer}"));
            let Ok(answer) = request.send().await else {
                continue;
            };
            if answer.status().is_success() && answer.bytes().await.is_ok() {
                answered += 1;
                break;
            }
        }
    }
    app.control("chaos", json!({})).await;
    let counts = app.state().await["counts"].clone();
    let made = counts["payment_intents"].as_u64().unwrap();
    assert!((1..=20).contains(&made), "{counts}");
    assert!((1..=made).contains(&answered), "{answered} of {made}");
    assert_eq!(counts["calls"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_completes_after_its_caller_disconnects() {
    let app = App::start().await;
    app.control("latency", json!({"after_ms": 60_000})).await;
    let request = app
        .form(INTENTS, &AUTHORIZATION)
        .timeout(Duration::from_millis(100));
    assert!(request.send().await.expect_err("too slow").is_timeout());
    assert_eq!(app.state().await["counts"]["payment_intents"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_lists_every_intent_with_its_refunds() {
    let app = App::start().await;
    let mut form = AUTHORIZATION.to_vec();
    form.push(("metadata[payment_id]", "p-1"));
    let authorized = app.post(INTENTS, &form).await.body["id"].clone();
    let paid = app.paid().await;
    let refund = [("payment_intent", paid.as_str()), ("amount", "300")];
    app.post("/v1/refunds", &refund).await;
    let state = app.state().await;
    let [newest, oldest] = &state["payment_intents"].as_array().unwrap()[..] else {
        panic!("two intents: {state}");
    };
    assert_eq!(oldest["id"], authorized);
    assert_eq!(oldest["status"], "requires_capture");
    assert_eq!(oldest["amount_capturable"], 1299);
    assert_eq!(oldest["metadata"], json!({"payment_id": "p-1"}));
    assert_eq!(newest["id"], paid.as_str());
    assert_eq!(newest["amount_received"], 1299);
    assert_eq!(newest["amount_refunded"], 300);
    assert_eq!(newest["refunds"][0]["amount"], 300);
    assert_eq!(newest["refunds"][0]["status"], "succeeded");
    let older = app
        .get_state(&format!("?limit=1&starting_after={paid}"))
        .await;
    assert_eq!(older["payment_intents"][0]["id"], authorized);
    assert_eq!(older["has_more"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn calm_ends_the_faults_and_keeps_the_state() {
    let app = App::start().await;
    app.authorize().await;
    app.control("fail", json!({"next": 9, "status": 500})).await;
    app.control("chaos", json!({"error_rate": 1.0})).await;
    let state = app.control("calm", json!({})).await;
    assert_eq!(state["counts"]["payment_intents"], 1);
    assert_eq!(app.post(INTENTS, &AUTHORIZATION).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_removes_all_state() {
    let app = App::start().await;
    app.authorize().await;
    app.control("fail", json!({"next": 9, "status": 500})).await;
    let state = app.control("reset", json!({})).await;
    for (what, count) in state["counts"].as_object().unwrap() {
        assert_eq!(*count, 0, "{what}");
    }
    assert_eq!(state["faults"]["fail"], json!(null));
    assert_eq!(app.post(INTENTS, &AUTHORIZATION).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_with_invalid_values_is_rejected() {
    let app = App::start().await;
    for (control, body) in [
        ("fail", json!({"next": 1, "status": 200})),
        ("fail", json!({"next": 1, "status": 500, "x": 1})),
        ("fail", json!({"next": 1, "status": 500, "mode": "explode"})),
        ("chaos", json!({"error_rate": 0.6, "lost_answer_rate": 0.6})),
        ("chaos", json!({"error_rate": -1})),
        ("webhooks", json!({"drop": 2})),
        ("webhooks", json!({"duplicate": 1000})),
    ] {
        let url = app.url(&format!("/_sandbox/{control}"));
        let request = app.http.post(url).header(CONTROL_HEADER, CONTROL_KEY);
        let answer = request.json(&body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 400, "{control} {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_faults_of_a_demonstration_replace_all_others_and_have_an_end() {
    let app = App::start().await;
    app.control("lose", json!({"next": 9})).await;
    let summary = app
        .control("faults", json!({"decline_all": true, "for_s": 60}))
        .await;
    assert!(summary["faults"]["until"].is_string(), "{summary}");
    let declined = app.post(INTENTS, &AUTHORIZATION).await;
    assert_eq!(declined.body["error"]["decline_code"], "generic_decline");
    let summary = app.control("faults", json!({})).await;
    assert!(summary["faults"]["until"].is_null(), "{summary}");
    assert_eq!(app.post(INTENTS, &AUTHORIZATION).await.status, 200);
    for for_s in [0, 3_601] {
        let invalid = json!({"for_s": for_s});
        assert_eq!(app.try_control("faults", invalid).await.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_end_by_themselves() {
    let app = App::start().await;
    app.control("faults", json!({"decline_all": true, "for_s": 1}))
        .await;
    testkit::eventually("a charge is approved again", async || {
        let answer = app.post(INTENTS, &AUTHORIZATION).await;
        (answer.status == 200).then_some(())
    })
    .await;
    assert!(app.state().await["faults"]["until"].is_null());
}
