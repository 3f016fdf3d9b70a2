//! What a checkout can know about the payment.

use contracts::messages::*;
use contracts::order::v1::{OrderStatus, PlaceOrderRequest, RequestRefundRequest};
use tonic::Code;

use crate::support::{App, checkout, fields, minor, reason};

#[tokio::test(flavor = "multi_thread")]
async fn a_total_above_the_limit_is_refused_and_the_cart_kept() {
    // Shipping is free and the tax is 0, so the total is the sum of the lines.
    let mut app = App::with(&[("checkout.max_total_minor_units", "100000000")]).await;
    app.catalog.sell("YACHT", "Yacht", 100_000_000, "EUR");
    app.catalog.sell("ROPE", "Rope", 1, "EUR");
    let person = app.customer();
    app.put(&person, "YACHT", 1).await;
    app.put(&person, "ROPE", 1).await;
    let refused = app.place(&person, to_us("key")).await.unwrap_err();
    assert_eq!(reason(&refused), "AMOUNT_TOO_LARGE");
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("1000000.00 EUR"), "{refused:?}");
    assert_eq!(app.rows("orders", "true").await, 0);
    assert_eq!(app.cart(&person, "US").await.lines.len(), 2);

    app.put(&person, "ROPE", 0).await;
    let order = app.place(&person, to_us("key")).await.unwrap();
    assert_eq!(minor(&order.totals.unwrap().total), 100_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_method_that_cannot_exist_is_refused() {
    let mut app = App::start().await;
    let listed = [("checkout.payment_methods", "pm_card_visa,pm_card_amex")];
    let mut strict = App::with(&listed).await;
    for (app, known, unknown) in [
        (&mut app, "pm_1PqRs2eZvKYlo2C0", "visa"),
        (&mut strict, "pm_card_amex", "pm_card_typo"),
    ] {
        let person = app.customer();
        app.put(&person, "COFFEE", 1).await;
        let with = |method: &str| PlaceOrderRequest {
            payment_method: method.to_owned(),
            ..checkout("key")
        };
        let refused = app.place(&person, with(unknown)).await.unwrap_err();
        assert_eq!(reason(&refused), "PAYMENT_METHOD_UNKNOWN");
        let missing = app.place(&person, with("")).await.unwrap_err();
        assert_eq!(fields(&missing), ["payment_method"]);
        assert_eq!(app.rows("orders", "true").await, 0);
        app.place(&person, with(known)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_order_is_confirmed_and_shipped_without_a_payment() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    // No country ships for free, so the order is made free after it was placed.
    app.sql(
        "UPDATE orders SET lines_minor = 0, discount_minor = 0, shipping_minor = 0, tax_minor = 0,
                           total_minor = 0",
    )
    .await;
    app.participants.reserve(&order.id).await;
    app.participants.commit(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Confirmed)
        .await;
    let shipped = app.ship(&order.id, "TRACK-1").await.unwrap();
    assert_eq!(shipped.status(), OrderStatus::Shipped);
    assert_eq!(shipped.tracking_number, "TRACK-1");
    app.participants.receive::<OrderShipped>(&order.id).await;
    assert_eq!(app.participants.unread::<AuthorizePayment>(), 0);
    assert_eq!(app.participants.unread::<CapturePayment>(), 0);
    assert_eq!(
        app.timeline(&person, &order.id).await,
        [
            "order placed",
            "catalog stock_reserved",
            "catalog reservation_committed",
            "order confirmed",
            "order shipped",
        ]
    );
    let request = app.staff().request(RequestRefundRequest {
        order_id: order.id,
        idempotency_key: "key".to_owned(),
        amount: None,
        reason: "changed my mind".to_owned(),
        lines: Vec::new(),
    });
    let refused = app.orders.request_refund(request).await.unwrap_err();
    assert_eq!(reason(&refused), "ORDER_NOT_REFUNDABLE");
}

/// To a country without a tax, where shipping such goods is free.
fn to_us(key: &str) -> PlaceOrderRequest {
    let mut request = checkout(key);
    let address = request.shipping_address.get_or_insert_default();
    address.region = "CA".to_owned();
    address.postal_code = "94105".to_owned();
    address.country = "US".to_owned();
    request
}
