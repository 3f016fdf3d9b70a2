//! From the shelf to a confirmed order.

use e2e::Shop;

use super::{
    driver,
    driver::Scripts,
    person::{EMAIL, PASSWORD, Person},
    shop_and_person,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_buys_and_signs_in_on_the_way() {
    let Some((shop, person)) = shop_and_person(5).await else {
        return;
    };
    person.add_to_cart(2).await;
    person.sees("98.00").await;
    person.go_to_checkout().await;
    person.sees("2 × Product LAMP").await;
    person.pay_with("Visa that pays").await;
    person.is_at("/orders/").await;
    // The page follows the order without a reload.
    person.sees("Your order is confirmed").await;
    shop.wait_for_stock("LAMP", 3, 0).await;
    person.open("/cart").await;
    person.sees("Your cart is empty").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_purchase_works_without_scripts() {
    if !driver::is_available() {
        return;
    }
    let shop = Shop::open().await;
    shop.product("LAMP", 4_900, 5).await;
    let person = Person::enter_with(&shop, Scripts::Off).await;
    person.open("/products/lamp").await;
    person.click("Add to cart").await;
    person.is_at("/cart").await;
    person.sees("Added to your cart").await;
    person.go_to_checkout().await;
    person.pay_with("Visa that pays").await;
    person.is_at("/orders/").await;
    // The page loads itself again.
    person.sees("Your order is confirmed").await;
    shop.wait_for_stock("LAMP", 4, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discount_code_lowers_the_total() {
    let Some((_shop, person)) = shop_and_person(5).await else {
        return;
    };
    person.add_to_cart(1).await;
    person.click("Discount code").await;
    person.fill("Discount code", "NOTHING").await;
    person.click("Apply").await;
    person.sees("does not apply to your cart").await;
    person.fill("Discount code", "WELCOME10").await;
    person.click("Apply").await;
    person.sees("The discount code applies").await;
    person.sees("44.10").await;
    person.go_to_checkout().await;
    person.sees("WELCOME10").await;
    person.pay_with("Visa that pays").await;
    person.sees("Your order is confirmed").await;
    person.sees("WELCOME10").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discount_code_at_the_checkout_keeps_the_address() {
    let Some((_shop, person)) = shop_and_person(5).await else {
        return;
    };
    person.add_to_cart(1).await;
    person.go_to_checkout().await;
    person.click("Discount code").await;
    person.fill("Discount code", "WELCOME10").await;
    person.click("Apply").await;
    person.sees("The discount code applies").await;
    person.pay_with("Visa that pays").await;
    person.sees("Your order is confirmed").await;
    person.sees("Unter den Linden 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_unit_is_lost_on_the_checkout_page() {
    let Some((shop, person)) = shop_and_person(1).await else {
        return;
    };
    person.add_to_cart(1).await;
    person.go_to_checkout().await;
    // Someone else is faster.
    let mut other = shop.customer().await;
    let order = other.buy("LAMP", 1, "pm_card_visa").await;
    other.wait_for(&order, "confirmed").await;
    person.pay_with("Visa that pays").await;
    // Either the checkout says so at once, or the order does.
    let answer = testkit::eventually("the bad end", async || {
        let page = person.read().await;
        let is_said = [
            "not enough units left",
            "sold out",
            "Sold out",
            "Only 0 left",
        ];
        is_said
            .iter()
            .any(|words| page.contains(words))
            .then_some(page)
    })
    .await;
    assert!(!answer.contains("Your order is confirmed"), "{answer}");
    person.open("/cart").await;
    person.sees("Product LAMP").await;
    shop.wait_for_stock("LAMP", 0, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_customer_registers_and_signs_in() {
    let Some((_shop, person)) = shop_and_person(1).await else {
        return;
    };
    person.open("/register?next=/account").await;
    person.fill("Name", "Grace").await;
    person.fill("E-mail", EMAIL).await;
    person.fill("Password", "short").await;
    person
        .click_on("//main//form//button[@type='submit']", "Create account")
        .await;
    person.sees("Please check the form").await;
    person.fill("E-mail", "grace@example.com").await;
    person.fill("Password", PASSWORD).await;
    person
        .click_on("//main//form//button[@type='submit']", "Create account")
        .await;
    person.is_at("/sign-in").await;
    person.sees("You can sign in now").await;
    person.fill("E-mail", "grace@example.com").await;
    person.fill("Password", PASSWORD).await;
    person
        .click_on("//main//form//button[@type='submit']", "Sign in")
        .await;
    person.is_at("/account").await;
    person.sees("grace@example.com").await;
}
