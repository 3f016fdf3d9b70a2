//! Orders from the first look to the refund.

use serde_json::json;

use super::shop_and_member;

#[tokio::test(flavor = "multi_thread")]
async fn staff_find_ship_deliver_and_refund_an_order() {
    let groups = "support,warehouse,finance";
    let Some((_shop, member, mut customer)) = shop_and_member(groups).await else {
        return;
    };
    let order = customer.buy("LAMP", 2, "pm_card_visa").await;
    let confirmed = customer.wait_for(&order, "confirmed").await;
    let number = confirmed["number"].as_str().unwrap();

    member.open("/staff/orders").await;
    member.fill("Number", &number.to_lowercase()).await;
    member.click("Find").await;
    member.click(number).await;
    member.is_at(&format!("/staff/orders/{order}")).await;
    member.sees("Authorized").await;
    member.fill("Tracking number", "TRACK-7").await;
    member.click("Ship").await;
    // The page follows the order: it is shipped once the payment is captured.
    member.sees("Captured").await;
    member.click("Mark as delivered").await;
    member.sees("The order is delivered").await;
    customer.wait_for(&order, "delivered").await;

    member.click("Refund").await;
    member.fill("Amount", "1000000").await;
    member.fill("Reason", "arrived late").await;
    member
        .click_on("//main//form//button[@type='submit']", "Refund")
        .await;
    member.sees("Please check the form").await;
    member.fill("Amount", "10.50").await;
    member
        .click_on("//main//form//button[@type='submit']", "Refund")
        .await;
    member.sees("The refund is requested").await;
    customer
        .wait_until(&order, "the refund to succeed", |order| {
            order["refunds"][0]["status"] == "succeeded"
                && order["refunds"][0]["amount"]["minor_units"] == 1_050
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_cancel_an_order() {
    let Some((shop, member, mut customer)) = shop_and_member("support").await else {
        return;
    };
    let order = customer.buy("LAMP", 2, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    member.open(&format!("/staff/orders/{order}")).await;
    member.click("Cancel the order").await;
    member.sees("Canceled").await;
    customer.wait_for(&order, "cancelled").await;
    shop.wait_for_stock("LAMP", 9, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_answer_a_return() {
    let Some((shop, member, mut customer)) = shop_and_member("support").await else {
        return;
    };
    let order = customer.buy("LAMP", 2, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    let staff = shop.staff().await;
    staff.ship(&order).await;
    customer.wait_for(&order, "shipped").await;
    let path = format!("/staff/orders/{order}/delivery");
    staff.post(&path, json!({})).await.ok();
    customer
        .request_return(&order, "LAMP", 1, "back")
        .await
        .ok();

    member.open("/staff/returns?status=requested").await;
    member.click("1 × LAMP").await;
    member
        .fill("Answer to the customer", "Thank you for sending it back")
        .await;
    member.click("Approve and refund").await;
    member.sees("The return is approved").await;
    customer
        .wait_until(&order, "the refund to succeed", |order| {
            order["refunds"][0]["status"] == "succeeded"
        })
        .await;
}
