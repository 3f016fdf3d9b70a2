//! A guest's cart is merged into the customer's: what fits moves, the rest stays.

use contracts::order::v1::*;
use tonic::{Code, Request};

use crate::support::{App, Person, excluded, lines};

async fn merge(app: &mut App, person: &Person, token: &str) -> MergeCartResponse {
    let request = MergeCartRequest {
        guest_token: token.to_owned(),
    };
    let answer = app.carts.merge_cart(person.request(request)).await;
    answer.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_cart_is_merged_into_the_customers() {
    let mut app = App::start().await;
    let token = app.guest_sets("", "TEA", 2).await.guest_token;
    app.guest_sets(&token, "MUG", 1).await;
    let person = app.customer();
    app.put(&person, "COFFEE", 1).await;
    app.put(&person, "TEA", 5).await;
    let merged = merge(&mut app, &person, &token).await;
    let cart = merged.cart.unwrap();
    assert_eq!(lines(&cart), [("COFFEE", 1), ("TEA", 7), ("MUG", 1)]);
    assert_eq!((merged.moved_units, merged.left.len()), (3, 0));
    assert_eq!(cart.guest_token, "");
    assert_eq!(app.guest_cart(&token).await, Cart::default());

    // A repeated merge and one with an unknown token change nothing.
    for token in [token.as_str(), "", "unknown"] {
        let again = merge(&mut app, &person, token).await;
        assert_eq!((again.moved_units, again.left.len()), (0, 0));
        assert_eq!(again.cart.as_ref(), Some(&cart));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_stays_with_the_guest() {
    let mut app = App::start().await;
    let token = app.guest_sets("", "TEA", 600).await.guest_token;
    app.guest_sets(&token, "MUG", 1).await;
    let person = app.customer();
    app.put(&person, "TEA", 600).await;
    let merged = merge(&mut app, &person, &token).await;
    let full = ("TEA", 201, LineReason::LineFull);
    assert_eq!(excluded(&merged.left), [full]);
    assert_eq!(merged.moved_units, 400);
    let own = [("TEA", 999), ("MUG", 1)];
    assert_eq!(lines(&merged.cart.unwrap()), own);
    assert_eq!(lines(&app.guest_cart(&token).await), [("TEA", 201)]);

    let again = merge(&mut app, &person, &token).await;
    assert_eq!((again.moved_units, excluded(&again.left)), (0, vec![full]));
    assert_eq!(lines(&app.cart(&person, "").await), own);
    assert_eq!(lines(&app.guest_cart(&token).await), [("TEA", 201)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_lines_too_many_stay_with_the_guest() {
    let mut app = App::start().await;
    let person = app.customer();
    let mut token = String::new();
    for n in 0..110 {
        let sku = format!("P-{n}");
        app.catalog.sell(&sku, "Thing", 100, "EUR");
        match n {
            0..80 => drop(app.put(&person, &sku, 1).await),
            _ => token = app.guest_sets(&token, &sku, 1).await.guest_token,
        }
    }
    let merged = merge(&mut app, &person, &token).await;
    assert_eq!((merged.moved_units, merged.left.len()), (20, 10));
    let is_full = |line: &ExcludedLine| line.reason() == LineReason::CartFull;
    assert!(merged.left.iter().all(is_full), "{:?}", merged.left);
    assert_eq!(merged.cart.unwrap().lines.len(), 100);
    assert_eq!(app.guest_cart(&token).await.lines.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_in_another_currency_stays_as_it_is() {
    let mut app = App::start().await;
    let token = app.guest_sets("", "DINER-MUG", 2).await.guest_token;
    let person = app.customer();
    app.put(&person, "COFFEE", 1).await;
    let merged = merge(&mut app, &person, &token).await;
    assert_eq!(merged.moved_units, 0);
    let other = ("DINER-MUG", 2, LineReason::OtherCurrency);
    assert_eq!(excluded(&merged.left), [other]);
    assert_eq!(lines(&app.guest_cart(&token).await), [("DINER-MUG", 2)]);
    let cart = app.put(&person, "TEA", 1).await;
    assert_eq!(lines(&cart), [("COFFEE", 1), ("TEA", 1)]);
    assert_eq!(cart.unsellable, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_catalog_nothing_is_merged() {
    let mut app = App::start().await;
    let token = app.guest_sets("", "TEA", 2).await.guest_token;
    let person = app.customer();
    app.catalog.disconnect();
    let request = person.request(MergeCartRequest {
        guest_token: token.clone(),
    });
    let refused = app.carts.merge_cart(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(app.rows("carts", "true").await, 1);
    assert_eq!(app.rows("cart_lines", "quantity = 2").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_moves_along_if_the_customer_has_none() {
    let mut app = App::start().await;
    let token = app.guest_sets("", "TEA", 2).await.guest_token;
    let code = SetDiscountRequest {
        guest_token: token.clone(),
        code: "WELCOME10".to_owned(),
    };
    app.carts.set_discount(Request::new(code)).await.unwrap();
    let person = app.customer();
    let merged = merge(&mut app, &person, &token).await;
    assert_eq!(merged.cart.unwrap().discount_code, "WELCOME10");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_merges_and_changes_lose_and_double_nothing() {
    let mut app = App::start().await;
    let person = app.customer();
    let token = app.guest_sets("", "TEA", 40).await.guest_token;
    app.guest_sets(&token, "MUG", 3).await;
    let merges = (0..4).map(|_| {
        let request = person.request(MergeCartRequest {
            guest_token: token.clone(),
        });
        let mut carts = app.carts.clone();
        tokio::spawn(async move { carts.merge_cart(request).await.map(|_| ()) })
    });
    let changes = (0..4).map(|n| {
        let sku = format!("P-{n}");
        app.catalog.sell(&sku, "Thing", 100, "EUR");
        let request = person.request(SetItemRequest {
            guest_token: String::new(),
            sku,
            quantity: 1,
        });
        let mut carts = app.carts.clone();
        tokio::spawn(async move { carts.set_item(request).await.map(|_| ()) })
    });
    for attempt in merges.chain(changes).collect::<Vec<_>>() {
        attempt.await.unwrap().unwrap();
    }
    let cart = app.cart(&person, "").await;
    let quantity = |sku: &str| {
        let line = cart.lines.iter().find(|line| line.sku == sku);
        line.map(|line| line.quantity)
    };
    assert_eq!((quantity("TEA"), quantity("MUG")), (Some(40), Some(3)));
    assert_eq!(cart.lines.len(), 6);
    assert_eq!(app.guest_cart(&token).await, Cart::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_cannot_merge() {
    let mut app = App::start().await;
    let request = Request::new(MergeCartRequest::default());
    let refused = app.carts.merge_cart(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}
