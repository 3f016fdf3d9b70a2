use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{App, CONTROL_HEADER, CONTROL_KEY, KEY, send};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_wrong_key_is_unauthorized() {
    let app = App::start().await;
    let url = app.url("/v1/payment_intents");
    let none = send(app.http.get(&url)).await;
    let wrong = send(app.http.get(&url).bearer_auth("sk_test_other")).await;
    for answer in [none, wrong] {
        assert_eq!(answer.status, 401);
        assert_eq!(answer.body["error"]["type"], "invalid_request_error");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_can_be_the_user_name_of_basic_credentials() {
    let app = App::start().await;
    let url = app.url("/v1/payment_intents");
    let answer = send(app.http.get(&url).basic_auth(KEY, Some(""))).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_url_returns_an_error_object() {
    let app = App::start().await;
    let answer = app.get("/v1/customers").await;
    assert_eq!(answer.status, 404);
    let message = answer.body["error"]["message"].as_str().unwrap();
    assert!(message.contains("/v1/customers"), "{message}");
}

/// Every control, with a body that it accepts. The last one removes all state.
const CONTROLS: [(&str, &str); 9] = [
    ("GET", "state"),
    ("POST", "latency"),
    ("POST", "chaos"),
    ("POST", "webhooks"),
    ("POST", "calm"),
    ("POST", "payment_intents/pi_1/expire"),
    ("POST", "payment_intents/pi_1/authenticate"),
    ("POST", "refunds/re_1/settle"),
    ("POST", "reset"),
];

fn control(app: &App, method: &str, path: &str) -> RequestBuilder {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let url = app.url(&format!("/_sandbox/{path}"));
    app.http.request(method, url).json(&json!({}))
}

#[tokio::test(flavor = "multi_thread")]
async fn controls_need_their_own_key() {
    let app = App::start().await;
    let intent = app.authorize().await;
    for (method, path) in CONTROLS {
        let call = || control(&app, method, path);
        let wrong = "0123456789abcdef0123456789abcdee";
        for refused in [
            call(),
            call().header(CONTROL_HEADER, ""),
            call().header(CONTROL_HEADER, wrong),
            call()
                .header(CONTROL_HEADER, CONTROL_KEY)
                .header(CONTROL_HEADER, wrong),
            // The key of the API is none of the controls.
            call().bearer_auth(KEY),
            call().header(CONTROL_HEADER, KEY),
        ] {
            assert_eq!(send(refused).await.status, 401, "{method} {path}");
        }
    }
    assert_eq!(app.intent(&intent).await["status"], "requires_capture");
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_cannot_call_controls() {
    let app = App::start().await;
    let intent = app.authorize().await;
    for (method, path) in CONTROLS {
        for (name, value) in [
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
            ("Origin", app.url("").as_str()),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Sec-Fetch-Site", "none"),
        ] {
            // Even with the key: a page may know it, and DNS rebinding makes any page one of this origin.
            let call = control(&app, method, path).header(CONTROL_HEADER, CONTROL_KEY);
            let answer = send(call.header(name, value)).await;
            assert_eq!(answer.status, 403, "{method} {path} {name}: {value}");
        }
    }
    assert_eq!(app.intent(&intent).await["status"], "requires_capture");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browsers_question_whether_it_may_call_a_control_is_refused() {
    let app = App::start().await;
    let question = app
        .http
        .request(Method::OPTIONS, app.url("/_sandbox/reset"))
        .header("Origin", "https://evil.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", CONTROL_HEADER);
    let answer = question.send().await.unwrap();
    assert!(answer.status().is_client_error(), "{}", answer.status());
    let allowed = answer.headers().get("Access-Control-Allow-Origin");
    assert_eq!(allowed, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_configured_key_there_are_no_controls() {
    let app = App::start_with(&[("controls.key", "")]).await;
    for (method, path) in CONTROLS {
        for key in ["", CONTROL_KEY] {
            let call = control(&app, method, path).header(CONTROL_HEADER, key);
            assert_eq!(send(call).await.status, 404, "{method} {path}");
        }
    }
}

#[test]
fn a_short_control_key_is_a_start_up_error() {
    let source = chassis::config::Source::defaults(sandbox::ABOUT).set("controls.key", "hunter2");
    let error = chassis::config::load::<sandbox::Config>(&source).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("controls.key"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}
