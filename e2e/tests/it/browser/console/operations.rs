//! Dead letters and sagas.

use testkit::eventually;

use super::{
    super::{driver, person::Person},
    shop_and_member,
};
use crate::operators::Stuck;

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_read_and_redriven() {
    if !driver::is_available() {
        return;
    }
    let stuck = Stuck::open().await;
    let member = Person::enter_as_staff(&stuck.shop, "admin").await;
    member.open("/staff/system/dead-letters").await;
    member.click("payment.capture.v1").await;
    member.sees(&stuck.order).await;
    stuck.repair().await;
    member.fill("Reason", "the rows are repaired").await;
    member.click("Send it again").await;
    member.sees("The message is in its queue again").await;
    stuck.customer.wait_for(&stuck.order, "shipped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_that_waits_is_seen_retried_and_compensated() {
    let Some((shop, member, mut customer)) = shop_and_member("support").await else {
        return;
    };
    shop.provider.cut();
    let order = customer.buy("LAMP", 2, "pm_card_visa").await;
    shop.wait_for_stock("LAMP", 9, 2).await;
    eventually("the saga in the list", async || {
        member.open("/staff/system/sagas").await;
        member.read().await.contains("authorize").then_some(())
    })
    .await;
    member.click(&order).await;
    member.is_at("/staff/system/sagas/").await;
    member.fill("Reason", "is the provider back?").await;
    member.click("Request the step again").await;
    member.sees("The step is requested again").await;
    member.fill("Reason", "the customer called").await;
    member.click("Give up and undo").await;
    member.sees("its steps are being undone").await;
    shop.provider.restore();
    customer.wait_for(&order, "rejected").await;
    shop.wait_for_stock("LAMP", 9, 0).await;
}
