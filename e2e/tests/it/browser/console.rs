//! Staff who work in the console.

use e2e::{Customer, PASSWORD, Shop};

use super::{driver, person::Person};

mod goods;
mod operations;
mod sales;

/// A shop with a product, a member of staff in these groups, and a customer; `None` without Chromium.
async fn shop_and_member(groups: &str) -> Option<(Shop, Person, Customer)> {
    if !driver::is_available() {
        return None;
    }
    let shop = Shop::open().await;
    shop.product("LAMP", 4_900, 9).await;
    let member = Person::enter_as_staff(&shop, groups).await;
    let customer = shop.customer().await;
    Some((shop, member, customer))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_member_sets_up_an_app_at_the_first_sign_in() {
    if !driver::is_available() {
        return;
    }
    let shop = Shop::open().await;
    let email = shop.new_member("support").await;
    let person = Person::enter(&shop).await;
    person.open("/staff/orders").await;
    person.is_at("/staff/sign-in").await;
    person.fill("E-mail", &email).await;
    person.fill("Password", PASSWORD).await;
    person.click("Continue").await;
    person.click("Set one up").await;
    person.click("Make a new secret").await;
    person.sees("Type this secret").await;
    let page = person.read().await;
    let secret = page.split_whitespace().find_map(|word| {
        let is_secret = word.len() == 32
            && word
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        is_secret.then(|| client::secret_of(word)).flatten()
    });
    let secret = secret.expect("a secret on the page");
    person.fill("Code of the app", "000000").await;
    person.click("Confirm").await;
    person.sees("The code is wrong").await;
    person
        .fill("Code of the app", &client::code_now(&secret))
        .await;
    person.click("Confirm").await;
    person.sees("Each of these codes works once").await;
    person.click("Continue to the console").await;
    person.is_at("/staff/orders").await;
    // Support decides about returns, and does not see dead letters.
    person.open("/staff/system/dead-letters").await;
    person
        .sees("Your groups do not permit this. It needs one of: admin")
        .await;
}
