//! The checkout of a signed-in customer.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use contracts::{order::v1::*, user::v1::*};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::browser::{Browser, shop, shop_with};
use crate::{
    samples::{ID, address, cart, eur, order, refusal},
    shop::{Answer, Shop},
};

const CARD: (&str, &str) = ("payment_method", "pm_card_visa");
const KEY: (&str, &str) = ("key", "a-key");

/// A demo shop with a cart and without saved addresses.
async fn open() -> Shop {
    let shop = shop_with(|source| source.set("pages.demo", true)).await;
    sellable(&shop, 7);
    let services = &shop.services;
    services.on(|_: ListAddressesRequest| Ok(ListAddressesResponse::default()));
    services.on(|_: PlaceOrderRequest| {
        let order = order(OrderStatus::Pending);
        Ok(PlaceOrderResponse { order })
    });
    shop
}

/// A cart without lines that cannot be sold.
fn sellable(shop: &Shop, available: u32) {
    shop.services.on(move |request: GetCartRequest| {
        assert_eq!(request.guest_token, "");
        let cart = cart("").map(|mut cart| {
            cart.unsellable.clear();
            cart.lines[0].available = available;
            cart
        });
        Ok(GetCartResponse { cart })
    });
}

fn customer(shop: &Shop) -> Browser<'_> {
    Browser::new(shop).with("access", &shop.customer.1)
}

fn typed() -> Vec<(&'static str, &'static str)> {
    vec![
        KEY,
        CARD,
        ("to", "new"),
        ("recipient", "Ada Lovelace"),
        ("line1", "Unter den Linden 1"),
        ("city", "Berlin"),
        ("postal_code", "10117"),
        ("country", "DE"),
        ("expected_minor_units", "3674"),
        ("expected_currency", "EUR"),
    ]
}

/// The orders that are placed.
fn placed(shop: &Shop) -> Arc<Mutex<Vec<PlaceOrderRequest>>> {
    let orders = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&orders);
    shop.services.on(move |request: PlaceOrderRequest| {
        seen.lock().unwrap().push(request);
        let order = order(OrderStatus::Pending);
        Ok(PlaceOrderResponse { order })
    });
    orders
}

async fn order_as(shop: &Shop, fields: &[(&str, &str)]) -> Answer {
    let browser = customer(shop);
    browser.open("/checkout").await;
    browser.submit("/checkout", fields).await
}

#[track_caller]
fn redirects(answer: &Answer, path: &str) {
    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("location"), path, "{answer:?}");
}

#[track_caller]
fn shows(answer: &Answer, status: u16, texts: &[&str]) {
    assert_eq!(answer.status, status, "{answer:?}");
    for text in texts {
        assert!(answer.text.contains(text), "no {text:?} in {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_signs_in_first_and_comes_back() {
    let shop = open().await;
    let answer = Browser::new(&shop).open("/checkout").await;
    redirects(&answer, "/sign-in?next=%2Fcheckout");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_country_decides_about_the_fields_of_an_address() {
    let shop = open().await;
    let browser = customer(&shop);
    let germany = browser.open("/checkout").await;
    shows(
        &germany,
        200,
        &[
            "Postal code",
            "Address in Germany",
            "Order and pay \u{20ac}36.74",
        ],
    );
    assert!(
        !germany.text.contains("name=\"region\""),
        "{}",
        germany.text
    );
    let states = browser.open("/checkout?to=new&country=US").await;
    shows(
        &states,
        200,
        &["ZIP code", "name=\"region\"", ">California</option>"],
    );
    let unknown = browser.open("/checkout?to=new&country=XX").await;
    shows(&unknown, 200, &["Address in Germany"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_placed_with_what_the_customer_saw() {
    let shop = open().await;
    let orders = placed(&shop);
    let answer = order_as(&shop, &typed()).await;
    redirects(&answer, &format!("/orders/{ID}"));
    let orders = orders.lock().unwrap();
    let [order] = orders.as_slice() else {
        panic!("{orders:?}");
    };
    assert_eq!(order.idempotency_key, "a-key");
    assert_eq!(order.payment_method, "pm_card_visa");
    assert_eq!(order.expected_total, eur(3_674));
    let address = order.shipping_address.clone().unwrap();
    assert_eq!(
        (address.city.as_str(), address.country.as_str()),
        ("Berlin", "DE")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_address_is_chosen_at_first_and_sent_by_its_id() {
    let shop = open().await;
    shop.services.on(|_: ListAddressesRequest| {
        Ok(ListAddressesResponse {
            addresses: vec![address().unwrap()],
        })
    });
    let orders = placed(&shop);
    let browser = customer(&shop);
    let page = browser.open("/checkout").await;
    shows(
        &page,
        200,
        &["Unter den Linden 1", "Ship to another address"],
    );
    assert!(!page.text.contains("name=\"line1\""), "{}", page.text);
    let answer = browser.submit("/checkout", &[KEY, CARD, ("to", ID)]).await;
    redirects(&answer, &format!("/orders/{ID}"));
    let address = orders.lock().unwrap()[0].shipping_address.clone();
    assert_eq!(address.unwrap().line1, "Unter den Linden 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_is_saved_on_request_only() {
    let shop = open().await;
    shop.services.on(|request: CreateAddressRequest| {
        assert_eq!(
            (request.label.as_str(), request.idempotency_key.as_str()),
            ("Berlin", "a-key")
        );
        Ok(CreateAddressResponse { address: address() })
    });
    order_as(&shop, &typed()).await;
    assert_eq!(shop.services.calls::<CreateAddressRequest>().len(), 0);
    let mut fields = typed();
    fields.push(("save_address", "yes"));
    redirects(&order_as(&shop, &fields).await, &format!("/orders/{ID}"));
    assert_eq!(shop.services.calls::<CreateAddressRequest>().len(), 1);
    // The order is placed, whatever happens to the address.
    shop.services
        .on(|_: CreateAddressRequest| Err::<CreateAddressResponse, _>(Status::unavailable("")));
    redirects(&order_as(&shop, &fields).await, &format!("/orders/{ID}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_has_a_key_of_its_own() {
    let shop = open().await;
    let browser = customer(&shop);
    let mut keys = Vec::new();
    for _ in 0..2 {
        let page = browser.open("/checkout").await.text;
        let (_, rest) = page.split_once("name=\"key\" value=\"").unwrap();
        keys.push(rest.split_once('"').unwrap().0.to_owned());
    }
    assert_ne!(keys[0], keys[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_shows_the_one_order() {
    let shop = open().await;
    let calls = AtomicU32::new(0);
    shop.services.on(move |_: PlaceOrderRequest| {
        // The first submit is still in progress when the second one arrives.
        match calls.fetch_add(1, Ordering::Relaxed) {
            0 => Err(refusal(
                Code::Aborted,
                "IDEMPOTENCY_KEY_IN_USE",
                "in progress",
            )),
            _ => Ok(PlaceOrderResponse {
                order: order(OrderStatus::Pending),
            }),
        }
    });
    redirects(&order_as(&shop, &typed()).await, &format!("/orders/{ID}"));
    assert_eq!(shop.services.calls::<PlaceOrderRequest>().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_stays_when_a_field_is_wrong() {
    let shop = open().await;
    shop.services.on(|_: PlaceOrderRequest| {
        let mut details = ErrorDetails::with_error_info(
            "VALIDATION_FAILED",
            "mercantile",
            std::collections::HashMap::new(),
        );
        details.add_bad_request_violation(
            "shipping_address.postal_code",
            "must be a postal code of DE, such as 26133",
        );
        let message = "invalid";
        Err::<PlaceOrderResponse, _>(Status::with_error_details(
            Code::InvalidArgument,
            message,
            details,
        ))
    });
    let answer = order_as(&shop, &typed()).await;
    shows(
        &answer,
        422,
        &[
            "class=\"error-summary\"",
            "href=\"#postal_code\"",
            "must be a postal code of DE",
            "aria-describedby=\"postal_code-error\"",
            "value=\"Unter den Linden 1\"",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_customer_can_correct_is_said_on_the_page() {
    let shop = open().await;
    for (code, reason, text) in [
        (Code::Aborted, "TOTAL_CHANGED", "The total has changed"),
        (Code::Aborted, "CART_CHANGED", "Your cart has changed"),
        (
            Code::FailedPrecondition,
            "CART_NOT_SELLABLE",
            "cannot be sold right now",
        ),
        (
            Code::InvalidArgument,
            "DISCOUNT_INVALID",
            "The discount code no longer applies",
        ),
        (
            Code::InvalidArgument,
            "PAYMENT_METHOD_UNKNOWN",
            "Choose how you pay",
        ),
        (
            Code::InvalidArgument,
            "IDEMPOTENCY_KEY_REUSED",
            "This form was sent before",
        ),
    ] {
        shop.services.on(move |_: PlaceOrderRequest| {
            Err::<PlaceOrderResponse, _>(refusal(code, reason, "no"))
        });
        shows(&order_as(&shop, &typed()).await, 422, &[text]);
    }
    shop.services.on(|_: PlaceOrderRequest| {
        let empty = refusal(Code::FailedPrecondition, "CART_EMPTY", "empty");
        Err::<PlaceOrderResponse, _>(empty)
    });
    redirects(&order_as(&shop, &typed()).await, "/cart");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_sold_out_on_the_checkout_page_is_named() {
    let shop = open().await;
    let browser = customer(&shop);
    browser.open("/checkout").await;
    sellable(&shop, 1);
    let answer = browser.submit("/checkout", &typed()).await;
    shows(
        &answer,
        422,
        &[
            "sold out in the meantime",
            "Only 1 left",
            "href=\"/cart\"",
            "Coffee One",
        ],
    );
    assert!(!answer.text.contains("Order and pay"), "{}", answer.text);
    assert!(shop.services.calls::<PlaceOrderRequest>().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_country_that_is_not_served_is_said_at_the_country() {
    let shop = open().await;
    shop.services.on(|request: GetCartRequest| {
        if request.country == "US" {
            let reason = "DESTINATION_NOT_SERVED";
            return Err(refusal(Code::InvalidArgument, reason, "no"));
        }
        Ok(GetCartResponse { cart: cart("") })
    });
    let page = customer(&shop).open("/checkout?to=new&country=US").await;
    shows(&page, 200, &["We do not ship to this country."]);
    assert!(!page.text.contains("Order and pay"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discount_code_is_set_and_removed_on_the_checkout() {
    let shop = open().await;
    shop.services
        .on(|_: SetDiscountRequest| Ok(SetDiscountResponse { cart: cart("") }));
    let browser = customer(&shop);
    browser.open("/checkout").await;
    let fields = [("code", "WELCOME10"), ("to", "new"), ("country", "US")];
    redirects(
        &browser.submit("/checkout/discount", &fields).await,
        "/checkout?to=new&country=US&notice=code-applied",
    );
    redirects(
        &browser.submit("/checkout/discount/removal", &[]).await,
        "/checkout?notice=code-removed",
    );
    // With scripts, the fields of the order are submitted, too, and shown again.
    let mut sent = typed();
    sent.push(("code", "WELCOME10"));
    let kept = "value=\"Unter den Linden 1\"";
    let answer = browser.submit("/checkout/discount", &sent).await;
    shows(&answer, 200, &["The discount code applies", kept]);
    let answer = browser.submit("/checkout/discount/removal", &sent).await;
    shows(&answer, 200, &["The discount code is removed", kept]);
    shop.services.on(|_: SetDiscountRequest| {
        let wrong = refusal(Code::InvalidArgument, "DISCOUNT_INVALID", "no");
        Err::<SetDiscountResponse, _>(wrong)
    });
    for (fields, also) in [(&fields[..], "This code"), (&sent[..], kept)] {
        let answer = browser.submit("/checkout/discount", fields).await;
        let expected = ["This code does not apply", "value=\"WELCOME10\"", also];
        shows(&answer, 422, &expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn test_cards_are_only_in_a_demo_shop() {
    let shop = shop().await;
    sellable(&shop, 7);
    shop.services
        .on(|_: ListAddressesRequest| Ok(ListAddressesResponse::default()));
    let page = customer(&shop).open("/checkout").await;
    shows(&page, 200, &["does not take cards on its pages yet"]);
    for absent in ["pm_card_", "test shop", "Order and pay"] {
        assert!(!page.text.contains(absent), "{absent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_can_be_typed_while_the_address_book_is_unavailable() {
    let shop = open().await;
    shop.services
        .on(|_: ListAddressesRequest| Err::<ListAddressesResponse, _>(Status::internal("")));
    let page = customer(&shop).open("/checkout").await;
    shows(
        &page,
        200,
        &["saved addresses cannot be shown", "name=\"line1\""],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_cart_has_no_checkout() {
    let shop = open().await;
    shop.services.on(|_: GetCartRequest| {
        Ok(GetCartResponse {
            cart: Some(Cart::default()),
        })
    });
    redirects(&customer(&shop).open("/checkout").await, "/cart");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_offered_countries_are_those_that_the_shop_ships_to() {
    const SHIPPED_TO: &str = include_str!("../../../../services/order/config/destinations.toml");
    let (_, countries) = SHIPPED_TO.split_once("[countries]").unwrap();
    let is_country = |line: &&str| line.contains(" = {");
    let mut shipped_to: Vec<_> = countries
        .lines()
        .filter(is_country)
        .map(|line| &line[..2])
        .collect();
    shipped_to.sort_unstable();
    let shop = open().await;
    let page = customer(&shop).open("/checkout").await.text;
    let (_, select) = page.split_once("<select id=\"country\"").unwrap();
    let (select, _) = select.split_once("</select>").unwrap();
    let options = select.split("<option value=\"").skip(1);
    let mut offered: Vec<_> = options.map(|option| &option[..2]).collect();
    offered.sort_unstable();
    assert_eq!(offered, shipped_to);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_customers_type_is_escaped() {
    let shop = open().await;
    shop.services.on(|_: PlaceOrderRequest| {
        Err::<PlaceOrderResponse, _>(refusal(Code::Aborted, "CART_CHANGED", "no"))
    });
    let mut fields = typed();
    fields.push(("line2", "\"><script>alert(1)</script>"));
    let answer = order_as(&shop, &fields).await;
    shows(&answer, 422, &["&#60;script&#62;"]);
    assert!(!answer.text.contains("<script>alert"), "{}", answer.text);
}
