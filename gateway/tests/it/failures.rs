//! Rejections by services, and services that do not respond.

use std::{collections::HashMap, time::Duration};

use contracts::{catalog::v1::*, order::v1::*, user::v1::*};
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::{
    samples::{ID, product, refusal, user},
    shop::Shop,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_becomes_the_problem_of_its_reason() {
    let shop = Shop::open().await;
    shop.services.on(|_: CancelOrderRequest| {
        let message = "the order has been shipped already";
        Err::<CancelOrderResponse, _>(refusal(
            Code::FailedPrecondition,
            "ORDER_NOT_CANCELLABLE",
            message,
        ))
    });
    let path = format!("/api/v1/orders/{ID}/cancellation");
    let answer = shop.as_customer("POST", &path, Value::Null).await;
    let document = answer.problem(409, "order-not-cancellable");
    assert_json_snapshot!(document, {".trace_id" => "[trace]"});
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn field_violations_are_listed() {
    let shop = Shop::open().await;
    shop.services.on(|_: CreateAddressRequest| {
        let mut details =
            ErrorDetails::with_error_info("VALIDATION_FAILED", "mercantile", HashMap::new());
        details.set_bad_request(vec![
            FieldViolation::new("label", "must be 1 to 50 characters"),
            FieldViolation::new("postal.city", "must be 1 to 100 characters"),
        ]);
        let text = "label must be 1 to 50 characters; postal.city must be 1 to 100 characters";
        Err::<CreateAddressResponse, _>(Status::with_error_details(
            Code::InvalidArgument,
            text,
            details,
        ))
    });
    let body = json!({"label": "", "postal": crate::samples::postal_json()});
    let answer = shop.as_customer("POST", "/api/v1/me/addresses", body).await;
    let document = answer.problem(422, "validation-failed");
    assert_json_snapshot!(document, {".trace_id" => "[trace]"});
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_has_its_public_name() {
    let shop = Shop::open().await;
    shop.services.on(|_: SearchProductsRequest| {
        let mut details =
            ErrorDetails::with_error_info("VALIDATION_FAILED", "mercantile", HashMap::new());
        details.add_bad_request_violation("query", "must be at most 200 characters");
        let text = "some fields are invalid";
        Err::<SearchProductsResponse, _>(Status::with_error_details(
            Code::InvalidArgument,
            text,
            details,
        ))
    });
    let answer = shop.get("/api/v1/products?q=coffee").await;
    let document = answer.problem(422, "validation-failed");
    assert_eq!(document["errors"][0]["field"], "q");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_code_without_a_reason_has_a_problem() {
    let shop = Shop::open().await;
    for (code, status, name) in [
        (Code::InvalidArgument, 500, "internal"),
        (Code::OutOfRange, 500, "internal"),
        (Code::NotFound, 404, "not-found"),
        (Code::AlreadyExists, 409, "conflict"),
        (Code::FailedPrecondition, 409, "conflict"),
        (Code::Aborted, 409, "conflict"),
        (Code::PermissionDenied, 403, "forbidden"),
        (Code::Unauthenticated, 401, "token-invalid"),
        (Code::ResourceExhausted, 503, "overloaded"),
        (Code::DeadlineExceeded, 504, "deadline-exceeded"),
        (Code::Unimplemented, 500, "internal"),
        (Code::Internal, 500, "internal"),
        (Code::Unknown, 500, "internal"),
        (Code::DataLoss, 500, "internal"),
    ] {
        shop.services.on(move |_: RegisterRequest| {
            Err::<RegisterResponse, _>(Status::new(code, "relation \"users\" is missing"))
        });
        let new = json!({"email": "a", "password": "b", "display_name": "c"});
        let document = shop
            .send("POST", "/api/v1/users", new)
            .await
            .problem(status, name);
        assert!(
            !document.to_string().contains("relation"),
            "{code:?} exposes the cause: {document}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_above_the_limit_is_never_the_clients_fault() {
    let shop = Shop::open().await;
    // The gateway's client decodes at most 4 MiB.
    shop.services.on(|_: GetProductRequest| {
        let product = product().map(|product| Product {
            description: "x".repeat(5 << 20),
            ..product
        });
        Ok(GetProductResponse { product })
    });
    shop.get("/api/v1/products/coffee-one")
        .await
        .problem(500, "internal");
    shop.services.on(|_: GetMeRequest| {
        let details = ErrorDetails::with_error_info("TOO_LARGE", "mercantile", HashMap::new());
        let text = "the message has more than 1048576 bytes";
        Err::<GetMeResponse, _>(Status::with_error_details(
            Code::ResourceExhausted,
            text,
            details,
        ))
    });
    let answer = shop.as_customer("GET", "/api/v1/me", Value::Null).await;
    let document = answer.problem(500, "too-large");
    assert!(!document.to_string().contains("1048576"), "{document}");
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_info_becomes_retry_after() {
    let shop = Shop::open().await;
    shop.services.on(|_: GetMeRequest| {
        let mut details = ErrorDetails::with_error_info("OVERLOADED", "mercantile", HashMap::new());
        details.set_retry_info(Some(Duration::from_millis(2_500)));
        let status = Status::with_error_details(Code::ResourceExhausted, "too many calls", details);
        Err::<GetMeResponse, _>(status)
    });
    let answer = shop.as_customer("GET", "/api/v1/me", Value::Null).await;
    answer.problem(503, "overloaded");
    assert_eq!(answer.header("retry-after"), "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_service_is_a_503_with_retry_after() {
    let shop = Shop::open().await;
    shop.services
        .on(|_: GetMeRequest| Ok(GetMeResponse { user: user() }));
    shop.stop_services();
    let mut answer = shop.as_customer("GET", "/api/v1/me", Value::Null).await;
    if answer.status == 200 {
        // The connection can serve one more request after its listener closed.
        answer = shop.as_customer("GET", "/api/v1/me", Value::Null).await;
    }
    assert_json_snapshot!(answer.problem(503, "unavailable"), {".trace_id" => "[trace]"});
    assert_eq!(answer.header("retry-after"), "1");
    assert!(
        shop.is_ready().await,
        "readiness must not depend on one service"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_is_propagated_and_expires_with_a_504() {
    let shop = Shop::open_with(|source| {
        source
            .set("budget.default_ms", 3_000)
            .set("budget.read_ms", 1_500)
    })
    .await;
    shop.services
        .on(|_: GetMeRequest| Ok(GetMeResponse { user: user() }));
    shop.services
        .on(|_: GetProductRequest| Ok(GetProductResponse { product: product() }));
    shop.services.delay(Duration::from_secs(30));
    let answer = shop.as_customer("GET", "/api/v1/me", Value::Null).await;
    assert_json_snapshot!(answer.problem(504, "deadline-exceeded"), {".trace_id" => "[trace]"});
    shop.get("/api/v1/products/coffee-one")
        .await
        .problem(504, "deadline-exceeded");
    let given = |calls: Vec<tonic::metadata::MetadataMap>| -> Duration {
        let text = calls[0].get("grpc-timeout").unwrap().to_str().unwrap();
        let (digits, unit) = text.split_at(text.len() - 1);
        let value: u64 = digits.parse().unwrap();
        match unit {
            "n" => Duration::from_nanos(value),
            "u" => Duration::from_micros(value),
            "m" => Duration::from_millis(value),
            unit => panic!("unknown unit {unit}"),
        }
    };
    assert!(given(shop.services.calls::<GetMeRequest>()) <= Duration::from_secs(3));
    assert!(given(shop.services.calls::<GetProductRequest>()) <= Duration::from_millis(1_500));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_without_a_required_field_is_a_500() {
    let shop = Shop::open().await;
    shop.services
        .on(|_: GetMeRequest| Ok(GetMeResponse { user: None }));
    let answer = shop.as_customer("GET", "/api/v1/me", Value::Null).await;
    answer.problem(500, "internal");
}
