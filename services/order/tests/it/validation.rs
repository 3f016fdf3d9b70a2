use chassis::status::Details;
use contracts::order::v1::{GetOrderRequest, ListOrdersRequest, PlaceOrderRequest, SetItemRequest};
use contracts::types::v1::{Money, PostalAddress};
use tonic::{Code, Request};

use crate::support::{App, checkout, fields, reason};

#[tokio::test(flavor = "multi_thread")]
async fn all_violations_of_a_checkout_are_reported_at_once() {
    let mut app = App::start().await;
    let person = app.customer();
    let request = PlaceOrderRequest {
        idempotency_key: "with blank".to_owned(),
        shipping_address: Some(PostalAddress {
            recipient: " ".to_owned(),
            line1: "x".repeat(201),
            line2: "x".repeat(201),
            city: String::new(),
            region: "x".repeat(101),
            postal_code: "x".repeat(21),
            country: "Germany".to_owned(),
        }),
        payment_method: "x".repeat(101),
        expected_total: Some(Money {
            minor_units: 1,
            currency: "EURO".to_owned(),
        }),
    };
    let refused = app.place(&person, request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(reason(&refused), "VALIDATION_FAILED");
    let found = Details::from_status(&refused).fields;
    let found: Vec<_> = found
        .iter()
        .map(|(f, m)| (f.as_str(), m.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (
                "idempotency_key",
                "must be 1 to 255 visible ASCII characters"
            ),
            ("shipping_address.recipient", "must be 1 to 100 characters"),
            ("shipping_address.line1", "must be 1 to 200 characters"),
            ("shipping_address.line2", "must be at most 200 characters"),
            ("shipping_address.city", "must be 1 to 100 characters"),
            ("shipping_address.region", "must be at most 100 characters"),
            (
                "shipping_address.postal_code",
                "must be at most 20 characters"
            ),
            (
                "shipping_address.country",
                "must be an ISO 3166-1 alpha-2 country code in upper case, such as DE"
            ),
            (
                "payment_method",
                "must be the provider's name for it: 1 to 100 letters, digits and underscores, a letter first"
            ),
            ("expected_total", "must be an ISO 4217 currency code"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_fields_are_reported() {
    let mut app = App::start().await;
    let person = app.customer();
    let refused = app
        .place(&person, PlaceOrderRequest::default())
        .await
        .unwrap_err();
    assert_eq!(fields(&refused), ["idempotency_key", "shipping_address"]);
    let mut long = checkout(&"k".repeat(256));
    long.expected_total = Some(Money {
        minor_units: -1,
        currency: "EUR".to_owned(),
    });
    let refused = app.place(&person, long).await.unwrap_err();
    assert_eq!(fields(&refused), ["idempotency_key", "expected_total"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn skus_and_quantities_have_limits() {
    let mut app = App::start().await;
    let request = SetItemRequest {
        guest_token: String::new(),
        sku: "lower case".to_owned(),
        quantity: 1000,
    };
    let refused = app.carts.set_item(Request::new(request)).await.unwrap_err();
    let found = Details::from_status(&refused).fields;
    let found: Vec<_> = found
        .iter()
        .map(|(f, m)| (f.as_str(), m.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (
                "sku",
                "must be 1 to 40 upper case letters, digits and dashes"
            ),
            ("quantity", "must be between 0 and 999"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_statuses_and_page_sizes_are_checked() {
    let mut app = App::start().await;
    let person = app.customer();
    let request = person.request(GetOrderRequest {
        id: "42".to_owned(),
    });
    let refused = app.orders.get_order(request).await.unwrap_err();
    assert_eq!(fields(&refused), ["id"]);
    for (request, field) in [
        (
            ListOrdersRequest {
                page_size: 101,
                ..ListOrdersRequest::default()
            },
            "page_size",
        ),
        (
            ListOrdersRequest {
                status: 99,
                ..ListOrdersRequest::default()
            },
            "status",
        ),
    ] {
        let refused = app
            .orders
            .list_orders(person.request(request))
            .await
            .unwrap_err();
        assert_eq!(fields(&refused), [field]);
    }
    let request = person.request(ListOrdersRequest {
        page_token: "not one of ours".to_owned(),
        ..ListOrdersRequest::default()
    });
    let refused = app.orders.list_orders(request).await.unwrap_err();
    assert_eq!(reason(&refused), "PAGE_TOKEN_INVALID");
}
