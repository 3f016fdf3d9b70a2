//! Cards that are declined, and the page of the customer's bank.

use super::{person::Person, shop_and_person};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_declined_card_another_one_pays_for_the_same_cart() {
    let Some((shop, person)) = shop_and_person(5).await else {
        return;
    };
    person.add_to_cart(1).await;
    person.go_to_checkout().await;
    person.pay_with("Visa that is declined").await;
    person.sees("Your bank declined the payment").await;
    person.sees("your items are back in your cart").await;
    person.click("Try another card").await;
    person.is_at("/checkout").await;
    person.sees("Product LAMP").await;
    person.type_address().await;
    person.pay_with("Mastercard that pays").await;
    person.sees("Your order is confirmed").await;
    shop.wait_for_stock("LAMP", 4, 0).await;
}

/// Orders with a card for which the bank asks, until the order's page says so.
async fn order_with_challenge(person: &Person) {
    person.add_to_cart(1).await;
    person.go_to_checkout().await;
    person.pay_with("Visa with 3-D Secure").await;
    person
        .sees("Your bank asks you to confirm this payment")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_the_bank_confirms_returns_to_the_order() {
    let Some((shop, person)) = shop_and_person(5).await else {
        return;
    };
    order_with_challenge(&person).await;
    person.click("Confirm with your bank").await;
    person.sees("Confirm your payment").await;
    person.click("Complete the payment").await;
    person.is_at("/orders/").await;
    person.sees("Your order is confirmed").await;
    let page = person
        .driver()
        .run("return document.documentElement.outerHTML")
        .await;
    let page = page.as_str().unwrap();
    for secret in ["payment_intent", "client_secret"] {
        assert!(!page.contains(secret), "the page shows {secret}");
    }
    shop.wait_for_stock("LAMP", 4, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_was_left_at_the_bank_can_be_confirmed_later() {
    let Some((_shop, person)) = shop_and_person(5).await else {
        return;
    };
    order_with_challenge(&person).await;
    person.click("Confirm with your bank").await;
    person.sees("Confirm your payment").await;
    // They close the bank's page, look around, and find the order again.
    person.open("/orders").await;
    person.sees("Waiting for you").await;
    person
        .click_on("//main//li//a[starts-with(@href, '/orders/')]", "the order")
        .await;
    person
        .sees("Your bank asks you to confirm this payment")
        .await;
    person.click("Confirm with your bank").await;
    person.click("Complete the payment").await;
    person.sees("Your order is confirmed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_the_bank_does_not_confirm_is_undone() {
    let Some((shop, person)) = shop_and_person(5).await else {
        return;
    };
    order_with_challenge(&person).await;
    person.click("Confirm with your bank").await;
    person.click("Fail the payment").await;
    person.is_at("/orders/").await;
    person.sees("your items are back in your cart").await;
    shop.wait_for_stock("LAMP", 5, 0).await;
}
