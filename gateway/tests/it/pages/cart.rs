//! The cart of guests and customers.

use contracts::order::v1::*;
use tonic::Code;

use crate::{
    pages::browser::{Browser, shop},
    samples::{cart, refusal},
    shop::Shop,
};

async fn shop_with_carts() -> Shop {
    let shop = shop().await;
    shop.services.on(|request: SetItemRequest| {
        assert_eq!(request.sku, "COFFEE-1");
        Ok(SetItemResponse {
            cart: cart("guest-token"),
        })
    });
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_product_of_a_guest_makes_a_cart() {
    let shop = shop_with_carts().await;
    let browser = Browser::new(&shop);
    let page = browser.open("/cart").await;
    assert!(page.text.contains("Your cart is empty"), "{page:?}");
    assert!(shop.services.calls::<GetCartRequest>().is_empty());
    browser.open("/products/coffee-one").await;
    let item = [("sku", "COFFEE-1"), ("quantity", "1")];
    let answer = browser.submit("/cart/items", &item).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/cart?notice=added")
    );
    assert_eq!(browser.cookie("cart").unwrap(), "guest-token");

    let page = browser.open("/cart?notice=added").await.text;
    for part in [
        "Added to your cart.",
        "Coffee One",
        "\u{20ac}12.99 each",
        "\u{20ac}25.98",
        "No longer for sale",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Something in it cannot be sold.
    assert!(!page.contains("href=\"/checkout\""), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_units_are_added_to_those_in_the_cart() {
    let shop = shop_with_carts().await;
    shop.services.on(|request: SetItemRequest| {
        assert_eq!(request.quantity, 5);
        Ok(SetItemResponse { cart: cart("") })
    });
    let browser = Browser::new(&shop).with("cart", "guest-token");
    browser.open("/cart").await;
    let item = [("sku", "COFFEE-1"), ("quantity", "3")];
    assert_eq!(browser.submit("/cart/items", &item).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quantity_is_a_number_that_a_cart_can_hold() {
    let shop = shop_with_carts().await;
    let browser = Browser::new(&shop).with("cart", "guest-token");
    browser.open("/cart").await;
    for quantity in ["", "-1", "1.5", "1000", "many", "99999999999"] {
        let fields = [("quantity", quantity)];
        let answer = browser.submit("/cart/items/COFFEE-1", &fields).await;
        assert_eq!(answer.status, 422, "{quantity}");
        assert!(answer.text.contains("from 1 to 999"), "{answer:?}");
    }
    assert!(shop.services.calls::<SetItemRequest>().is_empty());
    let answer = browser
        .submit("/cart/items/COFFEE-1", &[("quantity", "0")])
        .await;
    assert_eq!(answer.header("location"), "/cart?notice=cart-changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_shows_the_cart_and_the_reason() {
    let shop = shop_with_carts().await;
    let browser = Browser::new(&shop).with("cart", "guest-token");
    for (code, reason, text) in [
        (Code::NotFound, "PRODUCT_NOT_FOUND", "no longer for sale"),
        (Code::FailedPrecondition, "CART_FULL", "at most 100"),
        (
            Code::FailedPrecondition,
            "CURRENCY_MISMATCH",
            "another currency",
        ),
    ] {
        shop.services.on(move |_: SetItemRequest| {
            Err::<SetItemResponse, _>(refusal(code, reason, "refused"))
        });
        browser.open("/cart").await;
        let fields = [("quantity", "2")];
        let answer = browser.submit("/cart/items/COFFEE-1", &fields).await;
        assert_eq!(answer.status, 422, "{reason}: {answer:?}");
        assert!(answer.text.contains(text), "{reason}: {answer:?}");
        assert!(answer.text.contains("Coffee One"), "{reason}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_does_not_apply_is_shown_again() {
    let shop = shop_with_carts().await;
    shop.services
        .on(|request: SetDiscountRequest| match request.code.as_str() {
            "WELCOME10" | "" => Ok(SetDiscountResponse { cart: cart("") }),
            _ => Err(refusal(Code::InvalidArgument, "DISCOUNT_INVALID", "no")),
        });
    let browser = Browser::new(&shop).with("cart", "guest-token");
    browser.open("/cart").await;
    let answer = browser.submit("/cart/discount", &[("code", "<i>")]).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(
        answer.text.contains("does not apply to your cart"),
        "{answer:?}"
    );
    assert!(!answer.text.contains("<i>"), "{answer:?}");
    let answer = browser
        .submit("/cart/discount", &[("code", " WELCOME10 ")])
        .await;
    assert_eq!(answer.header("location"), "/cart?notice=code-applied");
    let answer = browser.submit("/cart/discount/removal", &[]).await;
    assert_eq!(answer.header("location"), "/cart?notice=code-removed");
}
