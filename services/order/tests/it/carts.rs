use contracts::order::v1::*;

use crate::support::{App, lines, minor, reason};

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_cart_is_found_only_by_its_token() {
    let mut app = App::start().await;
    let cart = app.guest_sets("", "TEA", 2).await;
    let token = cart.guest_token.clone();
    app.guest_sets(&token, "COFFEE", 1).await;
    let cart = app.guest_sets(&token, "TEA", 3).await;
    assert_eq!(cart.guest_token, token);
    assert_eq!(lines(&cart), [("TEA", 3), ("COFFEE", 1)], "as added");
    let tea = &cart.lines[0];
    assert_eq!((minor(&tea.unit_price), minor(&tea.total)), (250, 750));
    assert_eq!(
        (tea.name.as_str(), tea.slug.as_str(), tea.available),
        ("Tea", "tea", 7)
    );
    let totals = cart.totals.clone().unwrap();
    assert_eq!((minor(&totals.lines), minor(&totals.total)), (1750, 1750));

    assert_eq!(app.guest_cart(&token).await, cart);
    assert_eq!(app.guest_cart("").await, Cart::default());
    assert_eq!(app.guest_cart(&"0".repeat(64)).await, Cart::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_hash_of_a_token_is_stored() {
    let mut app = App::start().await;
    let token = app.guest_sets("", "TEA", 2).await.guest_token;
    let hashed = format!("token_hash = sha256('{token}'::bytea)");
    assert_eq!(app.rows("carts", &hashed).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_first_item_of_a_guest_makes_a_row() {
    let mut app = App::start().await;
    app.guest_cart("").await;
    app.guest_sets("", "TEA", 0).await;
    let set = |guest_token: &str, sku: &str| SetItemRequest {
        guest_token: guest_token.to_owned(),
        sku: sku.to_owned(),
        quantity: 1,
    };
    let refused = app.carts.set_item(set("", "NOTHING")).await.unwrap_err();
    assert_eq!(reason(&refused), "PRODUCT_NOT_FOUND");
    let code = SetDiscountRequest {
        guest_token: String::new(),
        code: "NOSUCH".to_owned(),
    };
    let refused = app.carts.set_discount(code).await.unwrap_err();
    assert_eq!(reason(&refused), "DISCOUNT_INVALID");
    assert_eq!(app.rows("carts", "true").await, 0);

    let token = app.guest_sets("", "TEA", 1).await.guest_token;
    assert_eq!(app.rows("carts", "true").await, 1);
    // Of a token with one other character, no row is made.
    let mut altered = token.clone().into_bytes();
    altered[0] = if altered[0] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    for foreign in [altered.as_str(), "guess", &"0".repeat(64)] {
        let refused = app.carts.set_item(set(foreign, "TEA")).await.unwrap_err();
        assert_eq!(reason(&refused), "CART_TOKEN_INVALID", "{foreign}");
        assert_eq!(app.guest_cart(foreign).await, Cart::default());
    }
    assert_eq!(app.rows("carts", "true").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_cart_is_gone_gets_one_cart_from_concurrent_requests() {
    let mut app = App::start().await;
    let token = app.guest_sets("", "TEA", 2).await.guest_token;
    app.sql("DELETE FROM carts").await;
    let tries = ["TEA", "COFFEE", "MUG"].map(|sku| {
        let request = SetItemRequest {
            guest_token: token.clone(),
            sku: sku.to_owned(),
            quantity: 1,
        };
        let mut carts = app.carts.clone();
        tokio::spawn(async move { carts.set_item(request).await })
    });
    for attempt in tries {
        attempt.await.unwrap().unwrap();
    }
    assert_eq!(app.rows("carts", "true").await, 1);
    assert_eq!(app.guest_cart(&token).await.lines.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_cart_is_empty_and_a_change_begins_another() {
    let mut app = App::start().await;
    let token = app.guest_sets("", "TEA", 2).await.guest_token;
    app.sql("UPDATE carts SET expires_at = now() - interval '1 second'")
        .await;
    assert_eq!(app.guest_cart(&token).await, Cart::default());
    let cart = app.guest_sets(&token, "COFFEE", 1).await;
    assert_eq!(cart.guest_token, token);
    assert_eq!(lines(&cart), [("COFFEE", 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_keeps_a_guests_cart_for_thirty_more_days() {
    let mut app = App::start().await;
    let token = app.guest_sets("", "TEA", 2).await.guest_token;
    app.sql("UPDATE carts SET expires_at = now() + interval '1 day'")
        .await;
    app.guest_sets(&token, "TEA", 3).await;
    let kept = "expires_at BETWEEN now() + interval '29 days' AND now() + interval '31 days'";
    assert_eq!(app.rows("carts", kept).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn quantity_zero_removes_a_line() {
    let mut app = App::start().await;
    let token = app.guest_sets("", "TEA", 2).await.guest_token;
    let cart = app.guest_sets(&token, "TEA", 0).await;
    assert_eq!(lines(&cart), []);
    assert_eq!(cart.totals, None);
    // Without a cart there is no line to remove, and no cart is created.
    let cart = app.guest_sets("", "TEA", 0).await;
    assert_eq!(cart, Cart::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_in_customer_has_one_cart_with_any_token() {
    let mut app = App::start().await;
    let guest = app.guest_sets("", "TEA", 2).await.guest_token;
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
async fn a_cart_holds_a_hundred_lines() {
    let mut app = App::start().await;
    let person = app.customer();
    let longest_name = "\u{1F600}".repeat(200);
    for n in 0..101 {
        let sku = format!("P-{n}");
        app.catalog.sell(&sku, &longest_name, 100, "EUR");
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
async fn of_two_currencies_that_are_added_at_once_one_is_refused() {
    let mut app = App::start().await;
    for _ in 0..5 {
        let person = app.customer();
        let tries = ["COFFEE", "DINER-MUG"].map(|sku| {
            let request = person.request(SetItemRequest {
                guest_token: String::new(),
                sku: sku.to_owned(),
                quantity: 1,
            });
            let mut carts = app.carts.clone();
            tokio::spawn(async move { carts.set_item(request).await })
        });
        let mut refused = Vec::new();
        for attempt in tries {
            refused.extend(attempt.await.unwrap().err());
        }
        let [refused] = refused.as_slice() else {
            panic!("one of two, not {refused:?}");
        };
        assert_eq!(reason(refused), "CURRENCY_MISMATCH");
        let cart = app.cart(&person, "").await;
        assert_eq!((cart.lines.len(), cart.unsellable.len()), (1, 0));
    }
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
        assert!(refused.message().contains(sku), "{}", refused.message());
    }
    assert_eq!(lines(&app.cart(&person, "").await), [("COFFEE", 1)]);
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
