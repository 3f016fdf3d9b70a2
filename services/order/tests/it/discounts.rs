use contracts::order::v1::{Cart, SetDiscountRequest};
use tonic::Status;

use crate::support::{App, Person, checkout, fields, minor, reason};

async fn set(app: &mut App, person: &Person, code: &str) -> Result<Cart, Status> {
    let request = person.request(SetDiscountRequest {
        guest_token: String::new(),
        code: code.to_owned(),
    });
    Ok(app
        .carts
        .set_discount(request)
        .await?
        .into_inner()
        .cart
        .unwrap())
}

const CODES: &str = "INSERT INTO discount_codes
    (code, basis_points, minimum_minor, minimum_currency, valid_from, valid_until) VALUES
    ('BIG', 2500, 5000, 'EUR', '2026-01-01', NULL),
    ('DOLLARS', 2500, 1, 'USD', '2026-01-01', NULL),
    ('PAST', 1000, NULL, NULL, '2020-01-01', '2020-02-01'),
    ('FUTURE', 1000, NULL, NULL, '2999-01-01', NULL);
    INSERT INTO discount_codes (code, basis_points, valid_from, max_uses, uses)
    VALUES ('SOLD-OUT', 1000, '2026-01-01', 3, 3);
    INSERT INTO discount_codes (code, basis_points, valid_from, ended_at)
    VALUES ('ENDED', 1000, '2026-01-01', '2026-02-01')";

#[tokio::test(flavor = "multi_thread")]
async fn a_code_reduces_the_lines_before_tax() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    let cart = set(&mut app, &person, " welcome10 ").await.unwrap();
    assert_eq!(cart.discount_code, "WELCOME10");
    let totals = app.cart(&person, "DE").await.totals.unwrap();
    assert_eq!(minor(&totals.lines), 2000);
    assert_eq!(minor(&totals.discount), 200);
    assert_eq!(minor(&totals.shipping), 490);
    assert_eq!(minor(&totals.tax), 435);
    assert_eq!(minor(&totals.total), 2725);

    let order = app.place(&person, checkout("key")).await.unwrap();
    assert_eq!(order.discount_code, "WELCOME10");
    assert_eq!(minor(&order.totals.unwrap().total), 2725);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_code_removes_the_discount() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    set(&mut app, &person, "WELCOME10").await.unwrap();
    let cart = set(&mut app, &person, "").await.unwrap();
    assert_eq!(cart.discount_code, "");
    assert_eq!(minor(&cart.totals.unwrap().discount), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_do_not_apply_are_refused() {
    let mut app = App::start().await;
    app.sql(CODES).await;
    let person = app.customer();
    let refused = set(&mut app, &person, "WELCOME10").await.unwrap_err();
    assert_eq!(reason(&refused), "DISCOUNT_INVALID", "an empty cart");
    app.put(&person, "COFFEE", 2).await;
    let unknown = set(&mut app, &person, "NOSUCH").await.unwrap_err();
    assert_eq!(reason(&unknown), "DISCOUNT_INVALID");
    // One answer, so that nobody learns which codes exist.
    for code in ["PAST", "FUTURE", "BIG", "DOLLARS", "SOLD-OUT", "ENDED"] {
        let refused = set(&mut app, &person, code).await.unwrap_err();
        let answers =
            [&refused, &unknown].map(|it| (reason(it), it.code(), it.message().to_owned()));
        assert_eq!(answers[0], answers[1], "{code}");
    }
    let refused = set(&mut app, &person, &"X".repeat(41)).await.unwrap_err();
    assert_eq!(fields(&refused), ["code"]);
    app.put(&person, "COFFEE", 5).await;
    let cart = set(&mut app, &person, "BIG").await.unwrap();
    assert_eq!(minor(&cart.totals.unwrap().discount), 1250);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_no_longer_applies_gives_no_discount_and_prevents_the_order() {
    let mut app = App::start().await;
    app.sql(CODES).await;
    let person = app.customer();
    app.put(&person, "COFFEE", 5).await;
    set(&mut app, &person, "BIG").await.unwrap();
    let cart = app.put(&person, "COFFEE", 1).await;
    assert_eq!(cart.discount_code, "");
    assert_eq!(minor(&cart.totals.unwrap().discount), 0);
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(reason(&refused), "DISCOUNT_INVALID");
    set(&mut app, &person, "").await.unwrap();
    app.place(&person, checkout("key")).await.unwrap();
}
