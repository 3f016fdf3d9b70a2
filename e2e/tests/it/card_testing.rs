//! Card testing: a thief learns little about a stolen card, and cannot try many times.

use e2e::{Customer, Shop};
use serde_json::Value;

/// The same card under two payment methods.
const STOLEN: [&str; 2] = [
    "pm_card_chargeDeclinedStolenCard",
    "pm_card_visa_chargeDeclinedStolenCard",
];

/// The sandbox is started with a window of one second, because everybody shares its cards.
const WINDOW: (&str, &str, &str) = ("order", "checkout.declines.window_s", "600");

/// Orders with this payment method, and waits until it is rejected.
async fn declined(customer: &mut Customer, method: &str) -> String {
    let order = customer.buy("CARD", 1, method).await;
    customer.wait_for(&order, "rejected").await;
    order
}

async fn payment(reader: &Customer, order: &str) -> Value {
    reader.get(&format!("/orders/{order}/payment")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_does_not_learn_that_a_card_is_stolen_and_staff_do() {
    let shop = Shop::open().await;
    shop.product("CARD", 900, 9).await;
    let staff = shop.staff().await;
    let mut customer = shop.customer().await;
    for (method, code) in [
        (STOLEN[0], "stolen_card"),
        ("pm_card_chargeDeclinedLostCard", "lost_card"),
        ("pm_card_radarBlock", "fraudulent"),
    ] {
        let order = declined(&mut customer, method).await;
        let seen = payment(&customer, &order).await;
        assert_eq!(seen["decline_reason"], "card_declined", "{seen}");
        assert!(seen.get("decline_code").is_none(), "{seen}");
        assert_eq!(payment(&staff, &order).await["decline_code"], code);
        let timeline = customer.get(&format!("/orders/{order}/timeline")).await;
        let order = customer.get(&format!("/orders/{order}")).await;
        for text in [timeline.to_string(), order.to_string()] {
            for secret in ["stolen", "lost", "fraud"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
        assert!(
            timeline
                .to_string()
                .contains("Payment declined: card declined")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_tried_a_few_times_whatever_the_account_and_the_payment_method() {
    let shop = Shop::open_with(&[WINDOW, ("order", "checkout.declines.per_card", "2")]).await;
    shop.product("CARD", 900, 9).await;
    declined(&mut shop.customer().await, STOLEN[0]).await;
    let mut thief = shop.customer().await;
    declined(&mut thief, STOLEN[1]).await;
    let intents = shop.intents().await.len();
    for method in STOLEN {
        // The rejected order gave its line back to the cart.
        let refused = thief.check_out(method, &format!("try-{method}")).await;
        assert_eq!(
            (refused.status, refused.problem()),
            (429, "too-many-declines")
        );
        assert!(refused.retry_after.is_some());
    }
    assert_eq!(
        shop.intents().await.len(),
        intents,
        "the provider is not called"
    );
    shop.wait_for_stock("CARD", 9, 0).await;
    // Another card is fine.
    let order = thief.buy("CARD", 1, "pm_card_visa").await;
    thief.wait_for(&order, "confirmed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_tries_a_few_cards() {
    let shop = Shop::open_with(&[WINDOW, ("order", "checkout.declines.per_account", "2")]).await;
    shop.product("CARD", 900, 9).await;
    let mut thief = shop.customer().await;
    declined(&mut thief, "pm_card_chargeDeclined").await;
    declined(&mut thief, STOLEN[0]).await;
    let refused = thief.check_out("pm_card_visa", "third").await;
    assert_eq!(
        (refused.status, refused.problem()),
        (429, "too-many-declines")
    );
    let mut other = shop.customer().await;
    let order = other.buy("CARD", 1, "pm_card_visa").await;
    other.wait_for(&order, "confirmed").await;
}
