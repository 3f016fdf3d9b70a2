use contracts::messages::PaymentDeclined;
use testkit::eventually;

use crate::support::{Order, Shop, eur};

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_is_reported_as_the_buyer_may_know_it_and_books_nothing() {
    let shop = Shop::start().await;
    let cards = [
        ("chargeDeclined", "card_declined", "card_declined"),
        (
            "chargeDeclinedInsufficientFunds",
            "insufficient_funds",
            "insufficient_funds",
        ),
        ("chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("chargeDeclinedLostCard", "lost_card", "card_declined"),
        ("chargeDeclinedStolenCard", "stolen_card", "card_declined"),
        (
            "chargeDeclinedIncorrectCvc",
            "incorrect_cvc",
            "incorrect_details",
        ),
        (
            "chargeDeclinedProcessingError",
            "processing_error",
            "try_again",
        ),
        (
            "chargeDeclinedVelocityLimitExceeded",
            "card_velocity_exceeded",
            "card_declined",
        ),
        ("radarBlock", "fraudulent", "card_declined"),
    ];
    let orders =
        cards.map(|(card, code, reason)| (Order::new(&format!("pm_card_{card}")), code, reason));
    for (order, ..) in &orders {
        shop.send(&order.authorize()).await;
    }
    for (order, code, reason) in &orders {
        let declined: PaymentDeclined = shop.reply(order.id, 1).await;
        assert_eq!(declined.code, *reason);
        assert!(declined.card_fingerprint.is_some(), "{code}");
        assert!(!declined.request_rejected, "{code}");
        assert_eq!(shop.status(order).await, "declined");
        // Staff find the provider's code.
        let stored = format!(
            "payments WHERE id = '{}' AND decline_code = '{code}'",
            order.payment_id
        );
        assert_eq!(shop.sql.count(&stored).await, 1, "{code}");
    }
    assert_eq!(shop.sql.count("ledger_transactions").await, 0);
    assert_eq!(shop.sql.count("ledger_entries").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_authorize_is_declined_again_without_a_call() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_chargeDeclined");
    let first: PaymentDeclined = shop.call(order.id, &order.authorize()).await;
    shop.send(&order.authorize()).await;
    let second: PaymentDeclined = shop.reply(order.id, 2).await;
    assert_eq!(first, second);
    assert_eq!(shop.intents(&order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_of_zero_is_declined() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    let mut command = order.authorize();
    command.amount = eur(0);
    let declined: PaymentDeclined = shop.call(order.id, &command).await;
    assert_eq!(declined.code, "amount_invalid");
    assert!(declined.request_rejected);
    assert_eq!(shop.intents(&order).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_the_provider_rejects_is_an_incident_and_no_decline_of_the_card() {
    let shop = Shop::start().await;
    let unknown = Order::new("pm_missing");
    let large = Order::new("pm_card_visa");
    let mut too_large = large.authorize();
    too_large.amount = eur(100_000_000);
    let cases = [
        (&unknown, unknown.authorize(), "payment_method_unknown"),
        (&large, too_large, "amount_too_large"),
    ];
    for (order, command, code) in cases {
        let first: PaymentDeclined = shop.call(order.id, &command).await;
        assert_eq!((first.code.as_str(), first.request_rejected), (code, true));
        // The reply to a repeated command says so too.
        shop.send(&command).await;
        let second: PaymentDeclined = shop.reply(order.id, 2).await;
        assert_eq!(first, second);
        assert_eq!(shop.status(order).await, "declined");
        let counted =
            format!(r#"payment_incidents_total{{operation="authorize",code="{code}"}} 1"#);
        eventually("the incident is counted", async || {
            shop.metrics().await.contains(&counted).then_some(())
        })
        .await;
    }
    // What the provider said stays visible.
    let said = "operations WHERE outcome = 'refused' AND last_error LIKE 'invalid_request_error %'";
    assert_eq!(shop.sql.count(said).await, 2);
    assert_eq!(shop.sql.count("ledger_transactions").await, 0);
}
