//! An order's page: the order must be read, the other parts may be missing.

use contracts::{catalog::v1::*, order::v1::*, payment::v1::*};
use serde_json::{Value, json};
use tonic::{Code, Status};

use crate::{
    samples::{ID, eur, order, payment, refusal},
    shop::Shop,
};

fn url() -> String {
    format!("/api/v1/orders/{ID}/page")
}

fn offer(sku: &str) -> Offer {
    Offer {
        product_id: ID.to_owned(),
        sku: sku.to_owned(),
        slug: sku.to_lowercase(),
        name: format!("New {sku}"),
        price: eur(1_399),
        available: 7,
        archived: false,
        cover: Some(Image {
            url: "/images/coffee.webp".to_owned(),
            alt: "A bag".to_owned(),
        }),
    }
}

/// An order with two lines, in all services.
fn serve_all(shop: &Shop) {
    let services = &shop.services;
    services.on(|_: GetOrderRequest| {
        let order = order(OrderStatus::Confirmed).map(|mut order| {
            let line = order.lines[0].clone();
            order.lines.push(OrderLine {
                sku: "AAA-1".to_owned(),
                ..line
            });
            order
        });
        Ok(GetOrderResponse { order })
    });
    services.on(|_: GetPaymentRequest| Ok(GetPaymentResponse { payment: payment() }));
    services.on(|_: ListOrderReturnsRequest| Ok(ListOrderReturnsResponse::default()));
    services.on(|_: GetTimelineRequest| Ok(GetTimelineResponse::default()));
    services.on(|request: BatchGetOffersRequest| {
        assert_eq!(request.skus, ["COFFEE-1", "AAA-1"]);
        assert!(request.with_covers);
        let offers = vec![offer("AAA-1"), offer("COFFEE-1")];
        Ok(BatchGetOffersResponse { offers })
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_the_products_in_the_order_of_the_lines() {
    let shop = Shop::open().await;
    serve_all(&shop);
    let page = shop.as_customer("GET", &url(), Value::Null).await;
    let page = page.expect(200);
    assert_eq!(page["order"]["id"], ID);
    assert_eq!(page["payment"]["status"], "declined");
    assert_eq!(
        (&page["returns"], &page["timeline"]),
        (&json!([]), &json!([]))
    );
    let skus: Vec<_> = page["products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["sku"])
        .collect();
    assert_eq!(skus, ["COFFEE-1", "AAA-1"]);
    assert_eq!(
        page["products"][0],
        json!({
            "sku": "COFFEE-1", "slug": "coffee-1", "name": "New COFFEE-1",
            "price": {"minor_units": 1_399, "currency": "EUR"},
            "cover": {"url": "/images/coffee.webp", "alt": "A bag"},
            "available": 7, "archived": false,
        })
    );
    assert_eq!(page["partial"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_fails_is_null_and_named() {
    let shop = Shop::open().await;
    serve_all(&shop);
    let services = &shop.services;
    services.on(|_: GetPaymentRequest| Err::<GetPaymentResponse, _>(Status::unavailable("")));
    services.on(|_: ListOrderReturnsRequest| {
        Err::<ListOrderReturnsResponse, _>(Status::deadline_exceeded(""))
    });
    services.on(|_: GetTimelineRequest| Err::<GetTimelineResponse, _>(Status::internal("")));
    services.on(|_: BatchGetOffersRequest| {
        Err::<BatchGetOffersResponse, _>(Status::resource_exhausted(""))
    });
    let page = shop.as_customer("GET", &url(), Value::Null).await;
    let page = page.expect(200);
    assert_eq!(page["order"]["id"], ID);
    for part in ["payment", "returns", "timeline", "products"] {
        assert_eq!(page[part], Value::Null, "{part}");
    }
    assert_eq!(
        page["partial"],
        json!([
            {"part": "payment", "reason": "unavailable"},
            {"part": "returns", "reason": "deadline-exceeded"},
            {"part": "timeline", "reason": "internal"},
            {"part": "products", "reason": "overloaded"},
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_without_a_payment_has_a_complete_page() {
    let shop = Shop::open().await;
    serve_all(&shop);
    shop.services.on(|_: GetPaymentRequest| {
        let none = refusal(Code::NotFound, "PAYMENT_NOT_FOUND", "no payment yet");
        Err::<GetPaymentResponse, _>(none)
    });
    let page = shop.as_customer("GET", &url(), Value::Null).await;
    let page = page.expect(200);
    assert_eq!(
        (&page["payment"], &page["partial"]),
        (&Value::Null, &json!([]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_order_there_is_no_page() {
    let shop = Shop::open().await;
    serve_all(&shop);
    shop.services.on(|_: GetOrderRequest| {
        let unknown = refusal(Code::NotFound, "ORDER_NOT_FOUND", "there is no such order");
        Err::<GetOrderResponse, _>(unknown)
    });
    let page = shop.as_customer("GET", &url(), Value::Null).await;
    page.problem(404, "order-not-found");
    shop.services
        .on(|_: GetOrderRequest| Err::<GetOrderResponse, _>(Status::unavailable("")));
    let page = shop.as_customer("GET", &url(), Value::Null).await;
    page.problem(503, "unavailable");
}
