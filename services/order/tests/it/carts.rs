use contracts::order::v1::*;
use tonic::{Code, Request};

use crate::support::{App, Person, minor, reason};

async fn guest_sets_item(app: &mut App, token: &str, sku: &str, quantity: u32) -> Cart {
    let request = SetItemRequest {
        guest_token: token.to_owned(),
        sku: sku.to_owned(),
        quantity,
    };
    let answer = app.carts.set_item(Request::new(request)).await.unwrap();
    answer.into_inner().cart.unwrap()
}

async fn guest_cart(app: &mut App, token: &str) -> Cart {
    let request = GetCartRequest {
        guest_token: token.to_owned(),
        country: String::new(),
    };
    let answer = app.carts.get_cart(Request::new(request)).await.unwrap();
    answer.into_inner().cart.unwrap()
}

async fn merge(app: &mut App, person: &Person, token: &str) -> Cart {
    let request = MergeCartRequest {
        guest_token: token.to_owned(),
    };
    let answer = app.carts.merge_cart(person.request(request)).await.unwrap();
    answer.into_inner().cart.unwrap()
}

fn lines(cart: &Cart) -> Vec<(&str, u32)> {
    let lines = cart.lines.iter();
    lines
        .map(|line| (line.sku.as_str(), line.quantity))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_cart_is_found_only_by_its_token() {
    let mut app = App::start().await;
    let cart = guest_sets_item(&mut app, "", "TEA", 2).await;
    let token = cart.guest_token.clone();
    assert_eq!(token.len(), 64, "256 bits in hexadecimal");
    guest_sets_item(&mut app, &token, "COFFEE", 1).await;
    let cart = guest_sets_item(&mut app, &token, "TEA", 3).await;
    assert_eq!(cart.guest_token, token);
    assert_eq!(lines(&cart), [("COFFEE", 1), ("TEA", 3)]);
    let tea = &cart.lines[1];
    assert_eq!((minor(&tea.unit_price), minor(&tea.total)), (250, 750));
    assert_eq!(
        (tea.name.as_str(), tea.slug.as_str(), tea.available),
        ("Tea", "tea", 7)
    );
    let totals = cart.totals.clone().unwrap();
    assert_eq!((minor(&totals.lines), minor(&totals.total)), (1750, 1750));

    assert_eq!(guest_cart(&mut app, &token).await, cart);
    assert_eq!(guest_cart(&mut app, "").await, Cart::default());
    assert_eq!(guest_cart(&mut app, &"0".repeat(64)).await, Cart::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_hash_of_a_token_is_stored() {
    let mut app = App::start().await;
    let token = guest_sets_item(&mut app, "", "TEA", 2).await.guest_token;
    let hashed = format!("token_hash = sha256('{token}'::bytea)");
    assert_eq!(app.rows("carts", &hashed).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_cart_is_empty_and_a_change_creates_another() {
    let mut app = App::start().await;
    let token = guest_sets_item(&mut app, "", "TEA", 2).await.guest_token;
    app.sql("UPDATE carts SET expires_at = now() - interval '1 second'")
        .await;
    assert_eq!(guest_cart(&mut app, &token).await, Cart::default());
    let cart = guest_sets_item(&mut app, &token, "COFFEE", 1).await;
    assert_ne!(cart.guest_token, token);
    assert_eq!(lines(&cart), [("COFFEE", 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_keeps_a_guests_cart_for_thirty_more_days() {
    let mut app = App::start().await;
    let token = guest_sets_item(&mut app, "", "TEA", 2).await.guest_token;
    app.sql("UPDATE carts SET expires_at = now() + interval '1 day'")
        .await;
    guest_sets_item(&mut app, &token, "TEA", 3).await;
    let kept = "expires_at BETWEEN now() + interval '29 days' AND now() + interval '31 days'";
    assert_eq!(app.rows("carts", kept).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn quantity_zero_removes_a_line() {
    let mut app = App::start().await;
    let token = guest_sets_item(&mut app, "", "TEA", 2).await.guest_token;
    let cart = guest_sets_item(&mut app, &token, "TEA", 0).await;
    assert_eq!(lines(&cart), []);
    assert_eq!(cart.totals, None);
    // Without a cart there is no line to remove, and no cart is created.
    let cart = guest_sets_item(&mut app, "", "TEA", 0).await;
    assert_eq!(cart, Cart::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_in_customer_has_one_cart_with_any_token() {
    let mut app = App::start().await;
    let guest = guest_sets_item(&mut app, "", "TEA", 2).await.guest_token;
    let person = app.customer();
    app.put(&person, "COFFEE", 1).await;
    let request = person.request(GetCartRequest {
        guest_token: guest,
        country: String::new(),
    });
    let cart = app
        .carts
        .get_cart(request)
        .await
        .unwrap()
        .into_inner()
        .cart
        .unwrap();
    assert_eq!(lines(&cart), [("COFFEE", 1)]);
    assert_eq!(cart.guest_token, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_cart_is_merged_into_the_customers_on_sign_in() {
    let mut app = App::start().await;
    let token = guest_sets_item(&mut app, "", "TEA", 600).await.guest_token;
    guest_sets_item(&mut app, &token, "MUG", 1).await;
    let person = app.customer();
    app.put(&person, "TEA", 500).await;
    app.put(&person, "COFFEE", 1).await;
    let cart = merge(&mut app, &person, &token).await;
    assert_eq!(lines(&cart), [("COFFEE", 1), ("MUG", 1), ("TEA", 999)]);
    assert_eq!(cart.guest_token, "");
    assert_eq!(guest_cart(&mut app, &token).await, Cart::default());

    // A repeated merge and one with an unknown token change nothing.
    assert_eq!(merge(&mut app, &person, &token).await, cart);
    assert_eq!(merge(&mut app, &person, "").await, cart);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_cannot_merge() {
    let mut app = App::start().await;
    let request = MergeCartRequest::default();
    let refused = app
        .carts
        .merge_cart(Request::new(request))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_holds_a_hundred_lines() {
    let mut app = App::start().await;
    let person = app.customer();
    for n in 0..101 {
        app.catalog.sell(&format!("P-{n}"), "Thing", 100, "EUR");
    }
    for n in 0..100 {
        app.put(&person, &format!("P-{n}"), 1).await;
    }
    let request = person.request(SetItemRequest {
        guest_token: String::new(),
        sku: "P-100".to_owned(),
        quantity: 1,
    });
    let refused = app.carts.set_item(request).await.unwrap_err();
    assert_eq!(reason(&refused), "CART_FULL");
    assert_eq!(app.cart(&person, "").await.lines.len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_changes_are_all_kept() {
    let mut app = App::start().await;
    let person = app.customer();
    let tries = (0..10).map(|n| {
        app.catalog.sell(&format!("P-{n}"), "Thing", 100, "EUR");
        let request = person.request(SetItemRequest {
            guest_token: String::new(),
            sku: format!("P-{n}"),
            quantity: 1,
        });
        let mut carts = app.carts.clone();
        tokio::spawn(async move { carts.set_item(request).await })
    });
    for attempt in tries.collect::<Vec<_>>() {
        attempt.await.unwrap().unwrap();
    }
    assert_eq!(app.cart(&person, "").await.lines.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_sku_or_another_currency_is_refused() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 1).await;
    for (sku, expect) in [
        ("NOTHING", "PRODUCT_NOT_FOUND"),
        ("DINER-MUG", "CURRENCY_MISMATCH"),
    ] {
        let request = person.request(SetItemRequest {
            guest_token: String::new(),
            sku: sku.to_owned(),
            quantity: 1,
        });
        let refused = app.carts.set_item(request).await.unwrap_err();
        assert_eq!(reason(&refused), expect);
    }
    assert_eq!(lines(&app.cart(&person, "").await), [("COFFEE", 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_sku_is_listed_and_costs_nothing() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 1).await;
    app.put(&person, "TEA", 1).await;
    app.catalog.remove("TEA");
    app.catalog.sell("COFFEE", "Coffee", 1100, "EUR");
    let cart = app.cart(&person, "").await;
    assert_eq!(lines(&cart), [("COFFEE", 1)]);
    assert_eq!(cart.unavailable_skus, ["TEA"]);
    assert_eq!(minor(&cart.totals.unwrap().total), 1100, "today's price");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_destination_determines_shipping_and_tax() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    for (country, shipping, tax, total) in [
        ("DE", 490, 473, 2963),
        ("FR", 690, 538, 3228),
        ("US", 1990, 0, 3990),
        ("", 0, 0, 2000),
    ] {
        let totals = app.cart(&person, country).await.totals.unwrap();
        let found = (
            minor(&totals.shipping),
            minor(&totals.tax),
            minor(&totals.total),
        );
        assert_eq!(found, (shipping, tax, total), "{country}");
    }
    for (country, expect) in [
        ("AQ", "DESTINATION_NOT_SERVED"),
        ("de", "VALIDATION_FAILED"),
    ] {
        let request = person.request(GetCartRequest {
            guest_token: String::new(),
            country: country.to_owned(),
        });
        let refused = app.carts.get_cart(request).await.unwrap_err();
        assert_eq!(reason(&refused), expect);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_is_priced_by_one_call() {
    let mut app = App::start().await;
    let person = app.customer();
    for sku in ["COFFEE", "TEA", "MUG"] {
        app.put(&person, sku, 1).await;
    }
    assert_eq!(app.catalog.calls(), 3, "one call per change");
    app.cart(&person, "DE").await;
    assert_eq!(app.catalog.calls(), 4);
}
