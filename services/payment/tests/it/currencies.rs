use contracts::messages::{
    PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentRefunded, RefundFailed,
};
use kernel::{Currency, Money};
use serde_json::{Value, json};

use crate::reconciliation::{reconciled, shop_with};
use crate::support::{Order, Shop};

fn money(minor_units: i64, currency: &str) -> Money {
    let currency: Currency = currency.parse().unwrap();
    Money::new(minor_units, currency)
}

/// Our minor units, and Stripe's amount: <https://docs.stripe.com/currencies#special-cases>.
const AMOUNTS: [(&str, i64, i64); 5] = [
    ("ISK", 5, 500),
    ("UGX", 5_000, 500_000),
    ("MGA", 50_000, 500),
    ("KWD", 5_120, 5_120),
    ("JPY", 500, 500),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_gets_and_reports_amounts_in_its_own_units() {
    let shop = shop_with(&[]).await;
    for (currency, ours, theirs) in AMOUNTS {
        let amount = money(ours, currency);
        let order = Order::new("pm_card_visa");
        let mut authorize = order.authorize();
        authorize.amount = amount;
        let authorized: PaymentAuthorized = shop.call(order.id, &authorize).await;
        assert_eq!(authorized.amount, amount);
        let intents = shop.intents(&order).await;
        assert_eq!(intents[0]["amount"], theirs, "{currency}");
        let captured: PaymentCaptured = shop.call(order.id, &order.capture()).await;
        assert_eq!(captured.amount, amount);
        let mut refund = order.refund(1);
        refund.amount = amount;
        let refunded: PaymentRefunded = shop.call(order.id, &refund).await;
        assert_eq!(refunded.amount, amount);
        assert_eq!(
            shop.refunds(&order).await[0]["amount"],
            theirs,
            "{currency}"
        );
    }
    let events = shop.events().await;
    for event in &events {
        shop.deliver(event).await;
    }
    shop.wait_for_lookups().await;
    let (run, found) = reconciled(&shop).await;
    assert_eq!(found, []);
    assert_eq!(run.intents, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_cannot_be_charged_is_refused_before_anything_is_sent() {
    let shop = Shop::start().await;
    for (amount, problem) in [
        (money(5_124, "KWD"), "5.124 KWD cannot be charged%"),
        (money(150, "MGA"), "1.50 MGA cannot be charged%"),
        (money(100, "XAU"), "the provider does not charge XAU"),
    ] {
        let order = Order::new("pm_card_visa");
        let mut authorize = order.authorize();
        authorize.amount = amount;
        let declined: PaymentDeclined = shop.call(order.id, &authorize).await;
        assert_eq!(declined.code, "amount_not_chargeable");
        assert!(declined.request_rejected);
        let explained = format!("operations WHERE last_error LIKE '{problem}'");
        assert_eq!(shop.sql.count(&explained).await, 1, "{amount}");
        assert_eq!(shop.intents(&order).await, Vec::<Value>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_a_tenth_is_not_rounded() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    let mut authorize = order.authorize();
    authorize.amount = money(5_120, "KWD");
    let _: PaymentAuthorized = shop.call(order.id, &authorize).await;
    let _: PaymentCaptured = shop.call(order.id, &order.capture()).await;
    let mut refund = order.refund(1);
    refund.amount = money(1_234, "KWD");
    let failed: RefundFailed = shop.call(order.id, &refund).await;
    assert_eq!(failed.code, "amount_not_chargeable");
    assert_eq!(json!(shop.refunds(&order).await), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_currency_that_the_provider_does_not_charge_is_a_start_up_error() {
    let shop = Shop::without_payment(&[("provider.currencies", "EUR, XAU")]).await;
    let output = shop.program(&["config"]).output().unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("provider.currencies"), "{message}");
    assert!(message.contains("does not charge XAU"), "{message}");
}
