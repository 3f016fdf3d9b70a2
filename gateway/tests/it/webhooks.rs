use std::time::Duration;

use contracts::payment::v1::*;
use serde_json::{Value, json};
use tonic::Code;

use crate::{
    samples::{ID, payment, refusal},
    shop::{Answer, Shop},
};

const URL: &str = "/webhooks/stripe";
const SIGNATURE: &str = "t=1795000000,v1=5257a869,v1=e7ecebed";

async fn post(shop: &Shop, body: impl Into<reqwest::Body>) -> Answer {
    let request = shop
        .request("POST", URL)
        .header("Stripe-Signature", SIGNATURE);
    Answer::of(request.body(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_forwarded_unchanged_without_a_token() {
    let shop = Shop::open().await;
    // Neither JSON nor UTF-8: the gateway does not parse the body.
    let body = b"{ \"id\":\t\"evt_1\" }\r\n\xff\x00".to_vec();
    let expected = body.clone();
    shop.services.on(move |request: ReceiveWebhookRequest| {
        assert_eq!(request.payload, expected);
        assert_eq!(request.signature, SIGNATURE);
        Ok(ReceiveWebhookResponse {})
    });
    assert_eq!(post(&shop, body).await.expect(200), json!({}));
    assert_eq!(shop.services.calls::<ReceiveWebhookRequest>().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_not_stored_is_not_a_200() {
    let shop = Shop::open().await;
    shop.services.on(|_: ReceiveWebhookRequest| {
        let message = "no signature fits";
        let status = refusal(Code::InvalidArgument, "WEBHOOK_SIGNATURE_INVALID", message);
        Err::<ReceiveWebhookResponse, _>(status)
    });
    let forged = post(&shop, "{}").await;
    forged.problem(400, "webhook-signature-invalid");
    shop.services.on(|_: ReceiveWebhookRequest| {
        let status = refusal(Code::Unavailable, "UNAVAILABLE", "no database");
        Err::<ReceiveWebhookResponse, _>(status)
    });
    post(&shop, "{}").await.problem(503, "unavailable");
    shop.stop_services();
    let unavailable = post(&shop, "{}").await;
    unavailable.problem(503, "unavailable");
    assert_eq!(unavailable.header("retry-after"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_needs_one_signature_of_bounded_length() {
    let shop = Shop::open().await;
    let long = "v".repeat(2_049);
    for signatures in [
        &[][..],
        &[""],
        &[long.as_str()],
        &["t=1,v1=00", "t=2,v1=11"],
    ] {
        let request = signatures
            .iter()
            .fold(shop.request("POST", URL), |request, signature| {
                request.header("Stripe-Signature", *signature)
            });
        let answer = Answer::of(request.body("{}")).await;
        answer.problem(400, "webhook-signature-invalid");
    }
    assert!(shop.services.calls::<ReceiveWebhookRequest>().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_have_their_own_size_limit() {
    let shop = Shop::open_with(|source| source.set("http.max_body_bytes", 100)).await;
    shop.services
        .on(|_: ReceiveWebhookRequest| Ok(ReceiveWebhookResponse {}));
    post(&shop, vec![b'x'; 524_288]).await.expect(200);
    let large = post(&shop, vec![b'x'; 524_289]).await;
    large.problem(413, "body-too-large");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_webhook_is_forwarded() {
    let shop = Shop::open().await;
    shop.services.on(|request: ReceiveWebhookRequest| {
        assert!(request.payload.is_empty());
        Ok(ReceiveWebhookResponse {})
    });
    post(&shop, "").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging_webhooks_do_not_affect_customers() {
    let shop = Shop::open_with(|source| {
        source
            .set("upstreams.payment.timeout_ms", 200)
            .set("upstreams.payment.breaker_min_calls", 4)
            .set("upstreams.payment.breaker_open_ms", 600_000)
    })
    .await;
    shop.services
        .on(|_: ReceiveWebhookRequest| Ok(ReceiveWebhookResponse {}));
    shop.services
        .on(|_: GetPaymentRequest| Ok(GetPaymentResponse { payment: payment() }));
    shop.services.delay(Duration::from_secs(30));
    for _ in 0..4 {
        let slow = post(&shop, "{}").await;
        slow.problem(504, "deadline-exceeded");
    }
    post(&shop, "{}").await.problem(503, "unavailable");
    shop.services.delay(Duration::ZERO);
    let path = format!("/api/v1/orders/{ID}/payment");
    let payment = shop.as_customer("GET", &path, Value::Null).await;
    payment.expect(200);
}
