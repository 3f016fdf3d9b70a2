use crate::support::{AUTHORIZATION, App};

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_is_authorized_then_captured() {
    let app = App::start().await;
    let mut form = AUTHORIZATION.to_vec();
    form.push(("metadata[order_id]", "o-1"));
    form.push(("payment_method_types[]", "card"));
    let authorized = app.post("/v1/payment_intents", &form).await.body;
    assert_eq!(authorized["object"], "payment_intent");
    assert_eq!(authorized["status"], "requires_capture");
    assert_eq!(authorized["amount_capturable"], 1299);
    assert_eq!(authorized["metadata"]["order_id"], "o-1");

    let path = format!("/v1/payment_intents/{}", authorized["id"].as_str().unwrap());
    let captured = app.post(&format!("{path}/capture"), &[]).await.body;
    assert_eq!(captured["status"], "succeeded");
    assert_eq!(captured["amount_received"], 1299);
    assert_eq!(app.get(&path).await.body, captured);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_can_be_confirmed_later() {
    let app = App::start().await;
    let form = [("amount", "500"), ("currency", "usd")];
    let made = app.post("/v1/payment_intents", &form).await.body;
    assert_eq!(made["status"], "requires_payment_method");
    let path = format!(
        "/v1/payment_intents/{}/confirm",
        made["id"].as_str().unwrap()
    );
    let form = [("payment_method", "pm_card_mastercard")];
    let paid = app.post(&path, &form).await.body;
    assert_eq!(paid["status"], "succeeded");
    let again = app.post(&path, &form).await;
    assert_eq!(again.status, 400);
    assert_eq!(
        again.body["error"]["code"],
        "payment_intent_unexpected_state"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_intent_cannot_be_captured() {
    let app = App::start().await;
    let id = app.authorize().await;
    let path = format!("/v1/payment_intents/{id}");
    let form = [("cancellation_reason", "abandoned")];
    let canceled = app.post(&format!("{path}/cancel"), &form).await.body;
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["cancellation_reason"], "abandoned");
    let refused = app.post(&format!("{path}/capture"), &[]).await;
    assert_eq!(refused.status, 400);
    let error = &refused.body["error"];
    assert_eq!(error["code"], "payment_intent_unexpected_state");
    assert_eq!(error["payment_intent"]["status"], "canceled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_is_a_card_error_and_the_intent_remains() {
    let app = App::start().await;
    let cards = [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        (
            "pm_card_visa_chargeDeclined",
            "card_declined",
            "generic_decline",
        ),
        (
            "pm_card_chargeDeclinedInsufficientFunds",
            "card_declined",
            "insufficient_funds",
        ),
        (
            "pm_card_chargeDeclinedExpiredCard",
            "expired_card",
            "expired_card",
        ),
        (
            "pm_card_chargeDeclinedIncorrectCvc",
            "incorrect_cvc",
            "incorrect_cvc",
        ),
        (
            "pm_card_chargeDeclinedProcessingError",
            "processing_error",
            "processing_error",
        ),
        ("pm_card_radarBlock", "card_declined", "fraudulent"),
    ];
    for (card, code, decline_code) in cards {
        let mut form = AUTHORIZATION;
        form[2] = ("payment_method", card);
        let answer = app.post("/v1/payment_intents", &form).await;
        assert_eq!(answer.status, 402, "{card}");
        let error = &answer.body["error"];
        assert_eq!(error["type"], "card_error");
        assert_eq!(error["code"], code);
        assert_eq!(error["decline_code"], decline_code);
        let id = error["payment_intent"]["id"].as_str().unwrap();
        let intent = app.get(&format!("/v1/payment_intents/{id}")).await.body;
        assert_eq!(intent["status"], "requires_payment_method");
        assert_eq!(intent["last_payment_error"]["code"], code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_challenge_opens_or_is_a_decline_as_requested() {
    let app = App::start().await;
    let mut form = AUTHORIZATION.to_vec();
    form[2] = ("payment_method", "pm_card_authenticationRequired");
    let challenged = app.post("/v1/payment_intents", &form).await.body;
    assert_eq!(challenged["status"], "requires_action");
    form.push(("error_on_requires_action", "true"));
    let declined = app.post("/v1/payment_intents", &form).await;
    assert_eq!(declined.status, 402);
    assert_eq!(declined.body["error"]["code"], "authentication_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_parameter_is_named_and_no_intent_is_created() {
    let app = App::start().await;
    let cases: [(Parameters, &str, &str); 8] = [
        (&[("currency", "eur")], "parameter_missing", "amount"),
        (&[("amount", "5")], "parameter_missing", "currency"),
        (
            &[("amount", "x"), ("currency", "eur")],
            "parameter_invalid_integer",
            "amount",
        ),
        (
            &[("amount", "0"), ("currency", "eur")],
            "parameter_invalid_integer",
            "amount",
        ),
        (
            &[("amount", "100000000"), ("currency", "eur")],
            "amount_too_large",
            "amount",
        ),
        (
            &[("amount", "5"), ("currency", "xxq")],
            "parameter_invalid_enum",
            "currency",
        ),
        (
            &[("amount", "5"), ("currency", "eur"), ("color", "red")],
            "parameter_unknown",
            "color",
        ),
        (
            &[
                ("amount", "5"),
                ("currency", "eur"),
                ("payment_method", "pm_unknown"),
            ],
            "resource_missing",
            "payment_method",
        ),
    ];
    for (form, code, param) in cases {
        let answer = app.post("/v1/payment_intents", form).await;
        assert!([400, 404].contains(&answer.status), "{form:?}");
        assert_eq!(answer.body["error"]["code"], code, "{form:?}");
        assert_eq!(answer.body["error"]["param"], param, "{form:?}");
    }
    let list = app.get("/v1/payment_intents").await.body;
    assert_eq!(list["data"].as_array().unwrap().len(), 0);
}

type Parameters = &'static [(&'static str, &'static str)];
