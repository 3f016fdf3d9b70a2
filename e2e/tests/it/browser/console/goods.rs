//! Products, stock and discount codes.

use reqwest::Method;

use super::{super::person::Person, shop_and_member};

#[tokio::test(flavor = "multi_thread")]
async fn two_members_who_change_a_price_see_the_conflict() {
    let Some((shop, first, customer)) = shop_and_member("catalog").await else {
        return;
    };
    let second = Person::enter_as_staff(&shop, "catalog").await;
    for member in [&first, &second] {
        member.open("/staff/products/LAMP").await;
    }
    first.fill("Price", "44.00").await;
    first.click("Save").await;
    first.sees("The product is saved").await;
    second.fill("Price", "39.50").await;
    second.click("Save").await;
    second.sees("Someone else saved this product").await;
    for value in ["39.50", "44.00"] {
        second.sees(value).await;
    }
    second.click("Save what is chosen").await;
    second.sees("The product is saved").await;
    let product = customer.get("/products/lamp").await;
    assert_eq!(product["price"]["minor_units"], 3_950);
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_is_adjusted_with_a_reason() {
    let Some((shop, member, _)) = shop_and_member("warehouse").await else {
        return;
    };
    member.open("/staff/products/LAMP/stock").await;
    member.fill("Units", "-100").await;
    member.fill("Reason", "broken in the warehouse").await;
    member.click("Adjust").await;
    member.sees("Please check the form").await;
    member.fill("Units", "-4").await;
    member.click("Adjust").await;
    shop.wait_for_stock("LAMP", 5, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discount_code_is_made_and_ended() {
    let Some((_shop, member, mut customer)) = shop_and_member("catalog").await else {
        return;
    };
    member.open("/staff/discounts/new").await;
    member.fill("Code", "WINTER-26").await;
    member.fill("Percent off", "20").await;
    member.fill("Reason", "season").await;
    member.click("Add the code").await;
    member.open("/staff/discounts").await;
    member.sees("WINTER-26").await;
    customer.put_into_cart("LAMP", 1).await;
    let code = serde_json::json!({"code": "WINTER-26"});
    let put = customer.call(Method::PUT, "/cart/discount", Some(code));
    let cart = put.await.ok();
    assert_eq!(cart["totals"]["discount"]["minor_units"], 980);

    member.click("WINTER-26").await;
    member.click("End the code").await;
    member.fill("Why it ends", "sold out").await;
    member.click("End WINTER-26").await;
    member.sees("Ended").await;
}
