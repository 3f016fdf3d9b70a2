use crate::support::{App, KEY, send};

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
