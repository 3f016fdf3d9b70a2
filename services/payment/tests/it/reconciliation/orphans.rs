//! What is left at the provider when the database was restored to an earlier moment.

use contracts::messages::{PaymentActionRequired, PaymentAuthorized};
use serde_json::Value;

use super::{authorize_at_provider, reconciled, shop_with};
use crate::support::{Order, Shop};

/// Runs `payment cancel-orphans`. Returns its exit code and what it printed.
async fn cancel_orphans(shop: &Shop, arguments: &[&str]) -> (Option<i32>, String) {
    let mut program = shop.program(&[&["cancel-orphans"], arguments].concat());
    let output = tokio::task::spawn_blocking(move || program.output().unwrap());
    let output = output.await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

async fn status_at_provider(shop: &Shop, intent: &str) -> Value {
    let all = shop.listed("payment_intents").await;
    let found = all.into_iter().find(|one| one["id"] == intent);
    found.unwrap()["status"].clone()
}

/// Removes a payment that has no bookings, as a restore to an earlier moment does.
async fn forget(shop: &Shop, order: &Order) {
    for table in ["lookups", "operations", "payments"] {
        let column = if table == "payments" {
            "id"
        } else {
            "payment_id"
        };
        let sql = format!(
            "DELETE FROM {table} WHERE {column} = '{}'",
            order.payment_id
        );
        shop.sql.execute(&sql).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_without_a_payment_are_canceled_and_recorded_and_captures_are_not() {
    let shop = shop_with(&[]).await;
    let kept = shop.authorized().await;
    let hold = authorize_at_provider(&shop, &Order::new("pm_card_visa"), "700").await;
    let second = authorize_at_provider(&shop, &kept, "1299").await;
    let capture = authorize_at_provider(&shop, &Order::new("pm_card_visa"), "900").await;
    shop.post_to_provider(&format!("payment_intents/{capture}/capture"), &[])
        .await;
    let (run, found) = reconciled(&shop).await;
    assert_eq!(found.len(), 3, "{found:?}");

    let (code, text) = cancel_orphans(&shop, &[&run.id, "restored to 14:05"]).await;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.ends_with("1 captured intents remain\n"), "{text}");
    for intent in [&hold, &second] {
        assert_eq!(status_at_provider(&shop, intent).await, "canceled");
        let record = format!(
            "operator_actions WHERE kind = 'orphan_intent.cancel' AND subject = '{intent}'
             AND reason = 'restored to 14:05' AND before ->> 'status' = 'requires_capture'"
        );
        assert_eq!(shop.sql.count(&record).await, 1);
    }
    assert_eq!(status_at_provider(&shop, &capture).await, "succeeded");
    assert_eq!(shop.intents(&kept).await.len(), 2);
    assert_eq!(shop.status(&kept).await, "authorized");

    let (_, found) = reconciled(&shop).await;
    let left: Vec<_> = found.iter().map(|one| &one.provider_reference).collect();
    assert_eq!(left, [&capture]);
    // Repeated, it does nothing.
    let (code, _) = cancel_orphans(&shop, &[&run.id, "again"]).await;
    assert_eq!(code, Some(1));
    let records = "operator_actions WHERE kind = 'orphan_intent.cancel'";
    assert_eq!(shop.sql.count(records).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_whose_payment_exists_again_is_not_canceled() {
    let shop = shop_with(&[]).await;
    let order = Order::new("pm_card_authenticationRequired");
    let _: PaymentActionRequired = shop.call(order.id, &order.authorize()).await;
    forget(&shop, &order).await;
    let (run, found) = reconciled(&shop).await;
    assert_eq!(found[0].kind, "missing_at_shop");
    shop.send(&order.authorize()).await;
    let _: PaymentActionRequired = shop.reply(order.id, 2).await;
    let (code, text) = cancel_orphans(&shop, &[&run.id, "restored"]).await;
    assert_eq!(code, Some(0), "{text}");
    let intents = shop.intents(&order).await;
    assert_eq!(intents[0]["status"], "requires_action");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_is_repeated_after_a_restore_has_the_same_intent() {
    let shop = shop_with(&[]).await;
    let order = Order::new("pm_card_authenticationRequired");
    let first: PaymentActionRequired = shop.call(order.id, &order.authorize()).await;
    forget(&shop, &order).await;
    // After the moment of the restore, the customer had completed the challenge.
    shop.authenticate(&order, "succeed").await;
    shop.send(&order.authorize()).await;
    let again: PaymentActionRequired = shop.reply(order.id, 2).await;
    assert_eq!(again, first);
    assert_eq!(shop.intents(&order).await.len(), 1);
    shop.deliver_all().await;
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    assert_eq!(shop.status(&order).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_needs_a_completed_reconciliation_and_a_reason() {
    let shop = shop_with(&[]).await;
    let (run, _) = reconciled(&shop).await;
    let missing = uuid::Uuid::now_v7().to_string();
    for (arguments, named) in [
        (vec![run.id.as_str()], "usage"),
        (vec!["42", "restored"], "`42` is not an id"),
        (vec![&missing, "restored"], "there is no reconciliation"),
        (vec![&run.id, ""], "the reason"),
    ] {
        let (code, text) = cancel_orphans(&shop, &arguments).await;
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(named), "{text}");
    }
    let (code, text) = cancel_orphans(&shop, &[&run.id, "restored"]).await;
    assert_eq!(
        (code, text.as_str()),
        (Some(0), "0 captured intents remain\n")
    );
}
