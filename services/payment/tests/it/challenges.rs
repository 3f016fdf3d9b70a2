use contracts::messages::{
    PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentVoided,
};
use contracts::payment::v1::{GetPaymentRequest, PaymentStatus};
use testkit::with_token;

use crate::support::{Order, Shop};

/// Lookups are frequent, so that a test without webhooks ends soon.
const FREQUENT_LOOKUPS: &[(&str, &str)] = &[
    ("lookups.first_wait_ms", "50"),
    ("lookups.challenge_wait_ms", "200"),
    ("lookups.poll_ms", "50"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_requires_a_challenge_has_a_redirect_to_the_bank() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_authenticationRequired");
    let required: PaymentActionRequired = shop.call(order.id, &order.authorize()).await;
    let intent = &shop.intents(&order).await[0];
    assert_eq!(intent["status"], "requires_action");
    let redirect = &intent["next_action"]["redirect_to_url"];
    assert_eq!(redirect["url"], required.redirect_url.as_str());
    let return_url = redirect["return_url"].as_str().unwrap();
    assert!(return_url.contains(&order.id.to_string()), "{return_url}");
    assert_eq!(shop.status(&order).await, "action_required");
    assert_eq!(shop.booked(&order).await, "");

    let customer = shop.issuer.token(order.customer_id, "customer");
    let request = GetPaymentRequest {
        order_id: order.id.to_string(),
    };
    let response = shop
        .client()
        .get_payment(with_token(&customer, request))
        .await
        .unwrap();
    let payment = response.into_inner().payment.unwrap();
    assert_eq!(payment.status(), PaymentStatus::ActionRequired);
    assert_eq!(
        payment.next_action.unwrap().redirect_url,
        required.redirect_url
    );

    shop.send(&order.authorize()).await;
    let again: PaymentActionRequired = shop.reply(order.id, 2).await;
    assert_eq!(again, required);
    assert_eq!(shop.intents(&order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_challenge_authorizes_when_the_webhook_arrives() {
    let shop = Shop::start().await;
    let order = shop.challenged().await;
    shop.authenticate(&order, "succeed").await;
    shop.deliver_all().await;
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    assert_eq!(shop.booked(&order).await, "authorize");
    let _: PaymentCaptured = shop.call(order.id, &order.capture()).await;
    assert_eq!(shop.booked(&order).await, "authorize capture");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_challenge_is_found_without_a_webhook() {
    let shop = Shop::start_with(FREQUENT_LOOKUPS).await;
    let order = shop.challenged().await;
    shop.authenticate(&order, "succeed").await;
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    assert_eq!(shop.booked(&order).await, "authorize");
    shop.wait_for_lookups().await;
    assert_eq!(shop.sql.count("lookups").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_challenge_declines_with_the_providers_code() {
    let shop = Shop::start_with(FREQUENT_LOOKUPS).await;
    let order = shop.challenged().await;
    shop.authenticate(&order, "fail").await;
    let declined: PaymentDeclined = shop.reply(order.id, 1).await;
    assert_eq!(declined.code, "authentication_failed");
    assert_eq!(shop.status(&order).await, "declined");
    assert_eq!(shop.booked(&order).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_declines_after_its_challenge_is_declined() {
    let shop = Shop::start_with(FREQUENT_LOOKUPS).await;
    let order = Order::new("pm_card_threeDSecureRequiredChargeDeclined");
    let _: PaymentActionRequired = shop.call(order.id, &order.authorize()).await;
    shop.authenticate(&order, "succeed").await;
    let declined: PaymentDeclined = shop.reply(order.id, 1).await;
    assert_eq!(declined.code, "card_declined");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_during_a_challenge_cancels_it_at_the_provider() {
    let shop = Shop::start().await;
    let order = shop.challenged().await;
    let _: PaymentVoided = shop.call(order.id, &order.void()).await;
    assert_eq!(shop.intents(&order).await[0]["status"], "canceled");
    assert_eq!(shop.status(&order).await, "voided");
    assert_eq!(shop.booked(&order).await, "");
    // The provider's events about it change nothing.
    shop.deliver_all().await;
    shop.wait_for_lookups().await;
    assert_eq!(
        shop.types(order.id),
        ["payment.action_required.v1", "payment.voided.v1"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_after_the_challenge_is_completed_leaves_no_authorization() {
    let shop = Shop::start().await;
    let order = shop.challenged().await;
    shop.authenticate(&order, "succeed").await;
    let _: PaymentVoided = shop.call(order.id, &order.void()).await;
    assert_eq!(shop.intents(&order).await[0]["status"], "canceled");
    assert_eq!(shop.booked(&order).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_find_a_completed_challenge_once() {
    let mut shop = Shop::start_with(FREQUENT_LOOKUPS).await;
    shop.start_payment().await;
    shop.start_payment().await;
    let mut orders = Vec::new();
    for _ in 0..8 {
        orders.push(shop.challenged().await);
    }
    for order in &orders {
        shop.authenticate(order, "succeed").await;
    }
    shop.deliver_all().await;
    for order in &orders {
        let _: PaymentAuthorized = shop.reply(order.id, 1).await;
        assert_eq!(shop.booked(order).await, "authorize");
    }
    shop.wait_for_lookups().await;
    for order in &orders {
        assert_eq!(shop.received::<PaymentAuthorized>(order.id).len(), 1);
    }
}
