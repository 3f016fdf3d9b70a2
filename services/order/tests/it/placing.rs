use chassis::status::Details;
use contracts::messages::{OrderPlaced, ReserveStock};
use contracts::order::v1::OrderStatus;
use contracts::types::v1::Money;
use tonic::Code;

use crate::support::{App, address, checkout, minor, reason};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_keeps_what_was_sold_and_empties_the_cart() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "TEA", 3).await;
    app.put(&person, "COFFEE", 2).await;
    let order = app.place(&person, checkout("key")).await.unwrap();
    assert_eq!(order.status(), OrderStatus::Pending);
    assert_eq!(order.customer_id, person.id.to_string());
    assert_eq!(order.shipping_address, Some(address()));
    assert!(!order.in_progress);
    let lines: Vec<_> = order
        .lines
        .iter()
        .map(|l| {
            (
                l.sku.as_str(),
                l.name.as_str(),
                l.quantity,
                minor(&l.unit_price),
                minor(&l.total),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("TEA", "Tea", 3, 250, 750),
            ("COFFEE", "Coffee", 2, 1000, 2000)
        ]
    );
    let totals = order.totals.clone().unwrap();
    assert_eq!(minor(&totals.lines), 2750);
    assert_eq!(minor(&totals.shipping), 490);
    assert_eq!(minor(&totals.tax), 616);
    assert_eq!(minor(&totals.total), 3856);
    assert!(app.cart(&person, "").await.lines.is_empty());
    let placed: OrderPlaced = app.participants.receive(&order.id).await;
    assert_eq!(placed.lines.len(), 2);

    // Later changes in the catalog do not change the order.
    app.catalog.sell("TEA", "Green tea", 9900, "EUR");
    app.catalog.remove("COFFEE");
    assert_eq!(app.order(&person, &order.id).await, order);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_outlives_all_the_waits_before_the_commit() {
    let mut app = App::start().await;
    let (_, order) = app.placed().await;
    let reserve: ReserveStock = app.participants.receive(&order.id).await;
    let placed_at = order.placed_at.unwrap().seconds;
    // 60 + 120 + 240 + 480 s for each of two steps, 600 s for the customer, and a margin of 60 s.
    assert_eq!(
        reserve.expires_at.timestamp() - placed_at,
        2 * 900 + 600 + 60
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_cannot_be_priced_is_refused_and_nothing_is_written() {
    let mut app = App::start().await;
    let person = app.customer();
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(reason(&refused), "CART_EMPTY");

    app.put(&person, "COFFEE", 2).await;
    let mut far = checkout("key");
    let address = far.shipping_address.as_mut().unwrap();
    address.country = "AQ".to_owned();
    address.postal_code = String::new();
    let refused = app.place(&person, far).await.unwrap_err();
    assert_eq!(reason(&refused), "DESTINATION_NOT_SERVED");

    let mut stale = checkout("key");
    stale.expected_total = Some(Money {
        minor_units: 2962,
        currency: "EUR".to_owned(),
    });
    let refused = app.place(&person, stale.clone()).await.unwrap_err();
    assert_eq!(reason(&refused), "TOTAL_CHANGED");
    let now = Details::from_status(&refused).metadata;
    assert_eq!(
        now.get("total_minor_units").map(String::as_str),
        Some("2963")
    );

    app.catalog.remove("COFFEE");
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(reason(&refused), "CART_NOT_SELLABLE");
    app.catalog.sell("COFFEE", "Coffee", 1_000_000_000, "EUR");
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(reason(&refused), "AMOUNT_TOO_LARGE");
    app.catalog.sell("COFFEE", "Coffee", i64::MAX / 2, "EUR");
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(reason(&refused), "CART_NOT_SELLABLE");
    app.catalog.sell("COFFEE", "Coffee", 1000, "EUR");
    nothing_written(&app).await;

    // The refusals have not used the key.
    stale.expected_total = Some(Money {
        minor_units: 2963,
        currency: "EUR".to_owned(),
    });
    app.place(&person, stale).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn currencies_are_not_mixed() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "DINER-MUG", 1).await;
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(
        reason(&refused),
        "CURRENCY_MISMATCH",
        "shipping has prices in euros"
    );
    assert_eq!(refused.message(), "the cart is in USD, shipping is in EUR");

    let person = app.customer();
    app.put(&person, "COFFEE", 1).await;
    app.put(&person, "TEA", 1).await;
    app.catalog.sell("TEA", "Tea", 250, "USD");
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(reason(&refused), "CART_NOT_SELLABLE");
    nothing_written(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_catalog_an_order_is_refused_at_once_and_nothing_is_written() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    app.catalog.disconnect();
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(Details::from_status(&refused).retry_after.is_some());
    nothing_written(&app).await;
    assert_eq!(app.rows("cart_lines", "quantity = 2").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_refused_after_the_timeout_if_the_catalog_does_not_answer() {
    let mut app = App::with(&[("upstreams.catalog.timeout_ms", "300")]).await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    app.catalog.freeze(true);
    let before = app.catalog.calls();
    // The call has no deadline, so only the timeout of the upstream ends it.
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let refusal = Details::from_status(&refused);
    assert_eq!(refusal.reason, "UNAVAILABLE");
    assert!(refusal.retry_after.is_some());
    assert_eq!(app.catalog.calls() - before, 1, "no retry after a timeout");
    nothing_written(&app).await;
    app.catalog.freeze(false);
    app.place(&person, checkout("key")).await.unwrap();
}

async fn nothing_written(app: &App) {
    for table in [
        "orders",
        "sagas",
        "order_events",
        "idempotency_keys",
        "outbox",
    ] {
        assert_eq!(app.rows(table, "true").await, 0, "{table}");
    }
}
