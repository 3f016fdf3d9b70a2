//! After the order: cancel it, or ask for a return.

use reqwest::Method;
use serde_json::json;

use super::shop_and_person;

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_cancels_an_order() {
    let Some((shop, person)) = shop_and_person(5).await else {
        return;
    };
    person.buy(2).await;
    person.click("Cancel the order").await;
    person.sees("You canceled this order").await;
    shop.wait_for_stock("LAMP", 5, 0).await;
    person.open("/orders").await;
    person.sees("Canceled").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_follows_a_parcel_and_asks_for_a_return() {
    let Some((shop, person)) = shop_and_person(5).await else {
        return;
    };
    person.buy(2).await;
    let order = person.path().await.replace("/orders/", "");
    let staff = shop.staff().await;
    let shipment = json!({"tracking_number": "TRACK-1"});
    let path = format!("/staff/orders/{order}/shipment");
    staff.call(Method::POST, &path, Some(shipment)).await.ok();
    // The page follows the parcel without a reload.
    person.sees("Your parcel is on its way").await;
    person.sees("TRACK-1").await;

    person.click("Return something").await;
    person.fill("Product LAMP", "1").await;
    person.choose("Why?", "It arrived damaged").await;
    person.click("Ask for the return").await;
    person.is_at(&format!("/orders/{order}")).await;
    person.sees("Returns").await;
    person.click("Withdraw").await;
    person.sees("withdr").await;
}
