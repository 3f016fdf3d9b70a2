//! Dead letters and sagas.

use e2e::{Settings, Shop};
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

/// Faults are for demonstrations only, so a test allows them. Commands are not sent again meanwhile.
const FAULTS: Settings<'_> = &[
    ("order", "saga.insist_wait_ms", "600000"),
    ("order", "saga.insist_wait_max_ms", "600000"),
    ("gateway", "faults.allowed", "true"),
    ("payment", "faults.allowed", "true"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_operations_view_shows_a_consumer_that_stops_and_starts() {
    if !driver::is_available() {
        return;
    }
    let shop = Shop::open_with(FAULTS).await;
    shop.product("LAMP", 4_900, 9).await;
    let member = Person::enter_as_staff(&shop, "admin").await;
    let mut customer = shop.customer().await;
    member.open("/staff/system/faults").await;
    member.click("Stop payment").await;
    member.sees("The consumer has stopped").await;
    let order = customer.buy("LAMP", 1, "pm_card_visa").await;

    // The view renews itself: the command waits in the queue of payment, and the saga with it.
    member.open("/staff/system").await;
    member.sees("payment.commands 1").await;
    member.sees("authorize in flight 1").await;
    assert_eq!(customer.status(&order).await, "pending");

    let other = Person::enter_as_staff(&shop, "admin").await;
    other.open("/staff/system/faults").await;
    other.click("Start payment again").await;
    other.sees("The consumer runs again").await;
    customer.wait_for(&order, "confirmed").await;
    member.sees("payment.commands 0").await;
    member.sees("No step waits for a reply").await;
}
