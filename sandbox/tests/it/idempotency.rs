use serde_json::json;

use crate::support::{App, HOLD, INTENTS, send};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_replays_the_same_answer() {
    let app = App::start().await;
    let first = app.post_with_key("k1", INTENTS, &HOLD).await;
    let mut reordered = HOLD;
    reordered.reverse();
    let second = app.post_with_key("k1", INTENTS, &reordered).await;
    assert!(!first.replayed);
    assert!(second.replayed);
    assert_eq!(first.body, second.body);
    let list = app.get(INTENTS).await.body;
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_is_replayed_too() {
    let app = App::start().await;
    let mut form = HOLD;
    form[2] = ("payment_method", "pm_card_chargeDeclined");
    let first = app.post_with_key("k1", INTENTS, &form).await;
    let second = app.post_with_key("k1", INTENTS, &form).await;
    assert_eq!((first.status, second.status), (402, 402));
    assert!(second.replayed);
    assert_eq!(first.body, second.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_with_other_parameters_or_url_is_an_error() {
    let app = App::start().await;
    app.post_with_key("k1", INTENTS, &HOLD).await;
    let mut other = HOLD;
    other[0] = ("amount", "1");
    let amount = app.post_with_key("k1", INTENTS, &other).await;
    let url = app.post_with_key("k1", "/v1/refunds", &HOLD).await;
    for answer in [amount, url] {
        assert_eq!(answer.status, 400);
        assert_eq!(answer.body["error"]["type"], "idempotency_error");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_acted_does_not_use_its_key_up() {
    let app = App::start().await;
    let wrong = app.post_with_key("k1", INTENTS, &[("amount", "5")]).await;
    assert_eq!(wrong.status, 400);
    app.control("fail", json!({"next": 1, "status": 503})).await;
    let failed = app.post_with_key("k1", INTENTS, &HOLD).await;
    assert_eq!(failed.status, 503);
    let good = app.post_with_key("k1", INTENTS, &HOLD).await;
    assert_eq!(good.status, 200);
    assert!(!good.replayed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_first_request_still_runs_is_in_use() {
    let app = App::start().await;
    app.control("latency", json!({"before_ms": 60_000})).await;
    let running = tokio::spawn(
        app.form(INTENTS, &HOLD)
            .header("Idempotency-Key", "k1")
            .send(),
    );
    // The two race for the key; whoever comes second hears that it is in use.
    let second = app.form(INTENTS, &HOLD).header("Idempotency-Key", "k1");
    let refused = tokio::select! {
        answer = send(second) => answer.status,
        answer = running => answer.unwrap().unwrap().status().as_u16(),
    };
    assert_eq!(refused, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_key_is_forgotten_first() {
    let app = App::start_with(&[("provider.remember", "2")]).await;
    for key in ["a", "b", "c"] {
        app.post_with_key(key, INTENTS, &HOLD).await;
    }
    assert!(app.post_with_key("c", INTENTS, &HOLD).await.replayed);
    assert!(!app.post_with_key("a", INTENTS, &HOLD).await.replayed);
    assert_eq!(app.state().await["counts"]["payment_intents"], 2);
}
