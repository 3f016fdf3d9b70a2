use contracts::messages::{
    AuthorizePayment, Message, PaymentAuthorized, PaymentCaptured, PaymentRefunded,
};
use messaging::{Envelope, Outgoing};
use testkit::eventually;

use crate::support::{Order, Shop, eur};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_authorized_captured_and_refunded() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");

    let authorized: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    assert_eq!(
        (authorized.payment_id, authorized.amount),
        (order.payment_id, eur(1299))
    );
    let intents = shop.intents(&order).await;
    assert_eq!(intents.len(), 1);
    assert_eq!(intents[0]["status"], "requires_capture");
    assert_eq!(intents[0]["amount"], 1299);
    assert_eq!(intents[0]["currency"], "eur");

    let captured: PaymentCaptured = shop.call(order.id, &order.capture()).await;
    assert_eq!(captured.amount, eur(1299));
    assert_eq!(shop.intents(&order).await[0]["amount_received"], 1299);

    let command = order.refund(299);
    let refunded: PaymentRefunded = shop.call(order.id, &command).await;
    assert_eq!(refunded.refund_id, command.refund_id);
    assert_eq!(refunded.amount, eur(299));
    assert_eq!(shop.refunds(&order).await[0]["amount"], 299);

    assert_eq!(shop.booked(&order).await, "authorize capture refund");
    assert_eq!(shop.status(&order).await, "captured");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_command_has_the_same_reply_and_no_second_effect() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    let refund = order.refund(1299);

    let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    shop.send(&order.authorize()).await;
    let authorized: Vec<PaymentAuthorized> = twice(&shop, &order).await;
    shop.send(&order.capture()).await;
    let _: PaymentCaptured = shop.reply(order.id, 1).await;
    shop.send(&order.capture()).await;
    let captured: Vec<PaymentCaptured> = twice(&shop, &order).await;
    shop.send(&refund).await;
    let _: PaymentRefunded = shop.reply(order.id, 1).await;
    shop.send(&refund).await;
    let refunded: Vec<PaymentRefunded> = twice(&shop, &order).await;

    assert_eq!(authorized[0], authorized[1]);
    assert_eq!(captured[0], captured[1]);
    assert_eq!(refunded[0], refunded[1]);
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(shop.refunds(&order).await.len(), 1);
    assert_eq!(shop.booked(&order).await, "authorize capture refund");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_copies_of_a_command_authorize_once() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    for _ in 0..20 {
        shop.send(&order.authorize()).await;
    }
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(shop.booked(&order).await, "authorize");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_amount_for_the_same_payment_is_a_dead_letter() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    let mut other = order.authorize();
    other.amount = eur(1);
    shop.send(&other).await;
    let error = shop.dead_letter().await;
    assert!(error.contains("on other terms"), "{error}");
    assert_eq!(shop.intents(&order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_payment_for_the_same_order_is_a_dead_letter() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    let mut second = Order::new("pm_card_visa");
    second.id = order.id;
    shop.send(&second.authorize()).await;
    let error = shop.dead_letter().await;
    assert!(error.contains("already has another payment"), "{error}");
    assert_eq!(shop.intents(&order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_command_does_not_delay_the_others() {
    let shop = Shop::start().await;
    let first = shop.authorized().await;
    let mut poison = first.authorize();
    poison.amount = eur(1);
    let second = Order::new("pm_card_mastercard");
    shop.send(&poison).await;
    let authorized: PaymentAuthorized = shop.call(second.id, &second.authorize()).await;
    assert_eq!(authorized.payment_id, second.payment_id);
}

async fn twice<M: contracts::messages::Message>(shop: &Shop, order: &Order) -> Vec<M> {
    let _: M = shop.reply(order.id, 2).await;
    shop.received(order.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_two_replicas_never_deadlock() {
    let mut shop = Shop::start().await;
    shop.start_payment().await;
    let orders = [shop.authorized().await, shop.authorized().await];
    // Every batch has both orders, in varying sequence.
    let commands: Vec<_> = (0..600)
        .map(|number| Outgoing {
            exchange: AuthorizePayment::KIND.exchange().to_owned(),
            envelope: Envelope::of(&orders[number * 7 / 3 % 2].authorize()).unwrap(),
        })
        .collect();
    let published = shop.broker.publish_batch(&commands).await;
    assert!(published.iter().all(Result::is_ok));
    eventually("every command has a reply", async || {
        let replies = orders
            .iter()
            .map(|order| shop.received::<PaymentAuthorized>(order.id).len());
        (replies.sum::<usize>() >= 602).then_some(())
    })
    .await;
    assert_eq!(shop.database.deadlocks().await, 0);
}
