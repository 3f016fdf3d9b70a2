//! A discount code with one use, from staff who create it to the customers who want it.

use e2e::{Customer, Shop};
use reqwest::Method;
use serde_json::json;

async fn set_code(customer: &Customer, code: &str) -> u16 {
    let body = json!({ "code": code });
    let answer = customer
        .call(Method::PUT, "/cart/discount", Some(body))
        .await;
    if answer.status != 200 {
        assert_eq!(answer.problem(), "discount-invalid");
    }
    answer.status
}

async fn uses(shop: &Shop) -> i64 {
    let code = shop.staff().await.get("/staff/discounts/ONLY-ONE").await;
    code["uses"].as_i64().expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_use_of_a_code_goes_to_one_customer_and_comes_back_with_the_undo() {
    let shop = Shop::open().await;
    shop.product("BOOK", 10_000, 10).await;
    let code = json!({
        "code": "only-one", "basis_points": 5000, "max_uses": 1, "reason": "for a reader",
    });
    let staff = shop.staff().await;
    staff.post("/staff/discounts", code).await.ok();
    let (mut ada, mut bob) = (shop.customer().await, shop.customer().await);
    for customer in [&mut ada, &mut bob] {
        customer.put_into_cart("BOOK", 1).await;
        assert_eq!(set_code(customer, "ONLY-ONE").await, 200);
    }
    let declined = ada.check_out("pm_card_chargeDeclined", "1").await.ok();
    let declined = declined["id"].as_str().unwrap();
    ada.wait_for(declined, "rejected").await;
    assert_eq!(uses(&shop).await, 0, "the undo gave the use back");

    let bought = bob.check_out("pm_card_visa", "1").await.ok();
    assert_eq!(bought["totals"]["discount"]["minor_units"], 5_000);
    let bought = bought["id"].as_str().unwrap();
    bob.wait_for(bought, "confirmed").await;
    assert_eq!(uses(&shop).await, 1);
    // Ada's cart has the code again, and it is used up.
    let refused = ada.check_out("pm_card_visa", "2").await;
    assert_eq!(
        (refused.status, refused.problem()),
        (422, "discount-invalid")
    );
    assert_eq!(set_code(&ada, "ONLY-ONE").await, 422);
    assert_eq!(set_code(&ada, "NO-SUCH-CODE").await, 422);

    let path = format!("/orders/{bought}/cancellation");
    bob.post(&path, json!({})).await.ok();
    bob.wait_for(bought, "cancelled").await;
    assert_eq!(uses(&shop).await, 0);
    let bought = ada.check_out("pm_card_visa", "3").await.ok();
    assert_eq!(bought["discount_code"], "ONLY-ONE");
    ada.wait_for(bought["id"].as_str().unwrap(), "confirmed")
        .await;

    staff
        .post("/staff/discounts/ONLY-ONE/end", json!({"reason": "over"}))
        .await
        .ok();
    let actions = staff.get("/staff/actions?service=order").await;
    let kinds = actions["items"].as_array().unwrap().iter();
    let kinds: Vec<&str> = kinds.filter_map(|it| it["kind"].as_str()).collect();
    assert_eq!(kinds, ["discount.end", "discount.create"]);
    shop.wait_until_quiet().await;
}
