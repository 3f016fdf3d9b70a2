use crate::support::App;

#[tokio::test(flavor = "multi_thread")]
async fn partial_refunds_cannot_exceed_the_captured_amount() {
    let app = App::start().await;
    let id = app.paid().await;
    let refund = async |amount: &str| {
        let form = [("payment_intent", id.as_str()), ("amount", amount)];
        app.post("/v1/refunds", &form).await
    };
    let first = refund("1000").await;
    assert_eq!(first.body["object"], "refund");
    assert_eq!(first.body["status"], "succeeded");
    let too_much = refund("300").await;
    assert_eq!(too_much.status, 400);
    assert_eq!(too_much.body["error"]["code"], "amount_too_large");
    assert_eq!(refund("299").await.status, 200);
    let nothing_left = refund("1").await;
    assert_eq!(
        nothing_left.body["error"]["code"],
        "charge_already_refunded"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_without_an_amount_returns_the_rest() {
    let app = App::start().await;
    let id = app.paid().await;
    let refund = app
        .post("/v1/refunds", &[("payment_intent", &id)])
        .await
        .body;
    assert_eq!(refund["amount"], 1299);
    let path = format!("/v1/refunds/{}", refund["id"].as_str().unwrap());
    assert_eq!(app.get(&path).await.body, refund);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_cannot_be_refunded() {
    let app = App::start().await;
    let id = app.authorize().await;
    let answer = app.post("/v1/refunds", &[("payment_intent", &id)]).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body["error"]["code"],
        "payment_intent_unexpected_state"
    );
}
