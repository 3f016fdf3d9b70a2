//! Batches: commands that share a commit.

use contracts::messages::{PaymentAuthorized, PaymentVoided};
use testkit::Spans;

use crate::support::{Order, Shop};

const ORDERS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_share_a_commit_share_its_statements() {
    instruments::exemplars::install(|| Some(1));
    let spans = Spans::listen();
    let mut shop = Shop::start().await;
    // After a reply, the consumer has subscribed. A service that stops in the middle of that leaves a
    // subscription behind in this process, which receives the commands.
    shop.authorized().await;
    shop.stop_payment().await;
    // The commands wait for the service, so that a batch has several.
    let orders: Vec<_> = (0..ORDERS).map(|_| Order::new("pm_card_visa")).collect();
    for order in &orders {
        shop.send(&order.authorize()).await;
        shop.send(&order.void()).await;
    }
    shop.start_payment().await;
    for order in &orders {
        let _: PaymentVoided = shop.reply(order.id, 1).await;
        assert_eq!(shop.status(order).await, "voided");
    }
    let statements = |summary: &str| {
        let all = spans.named("sql").into_iter();
        all.filter(|span| span.field("otel.name").starts_with(summary))
            .count()
    };
    let commits = statements("INSERT inbox");
    assert!(commits < ORDERS, "{commits}");
    let inserts = statements("INSERT payments");
    assert!((1..=commits).contains(&inserts), "{inserts} of {commits}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_does_not_apply_leaves_the_others_of_its_commit() {
    let mut shop = Shop::start().await;
    // After a reply, the consumer has subscribed. A service that stops in the middle of that leaves a
    // subscription behind in this process, which receives the commands.
    shop.authorized().await;
    shop.stop_payment().await;
    let (first, second) = (Order::new("pm_card_visa"), Order::new("pm_card_visa"));
    let mut other_terms = first.authorize();
    other_terms.payment_method = "pm_card_mastercard".to_owned();
    let mut second_payment = first.authorize();
    second_payment.payment_id = kernel::PaymentId::generate();
    shop.send(&first.authorize()).await;
    shop.send(&other_terms).await;
    shop.send(&second_payment).await;
    shop.send(&second.authorize()).await;
    shop.start_payment().await;
    let _: PaymentAuthorized = shop.reply(first.id, 1).await;
    let _: PaymentAuthorized = shop.reply(second.id, 1).await;
    let dead = shop.broker.dead_letters("payment.commands");
    let errors = testkit::eventually("both are dead letters", async || {
        let letters = dead.list(10).await.ok()?;
        let errors: Vec<String> = letters.into_iter().map(|letter| letter.error).collect();
        (errors.len() == 2).then_some(errors)
    })
    .await;
    for expected in ["on other terms", "already has another payment"] {
        assert!(
            errors.iter().any(|error| error.contains(expected)),
            "{errors:?}"
        );
    }
    assert_eq!(shop.sql.count("payments").await, 3);
}
