//! Tables that grow with orders are never scanned.

use contracts::messages::{PaymentAuthorized, PaymentDeclined, PaymentRefunded, PaymentVoided};
use testkit::eventually;

use crate::support::{Order, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_scans_a_table_that_grows_with_orders() {
    let mut shop = Shop::without_payment(&[
        ("reconciliation.settle_ms", "0"),
        ("reconciliation.poll_ms", "100"),
        ("lookups.authorization_scan_s", "1"),
        ("lookups.poll_ms", "100"),
    ])
    .await;
    // PostgreSQL scans small tables by default. With this setting it does so only if no index can be used.
    let discourage_scans = "DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET enable_seqscan = off', current_database());
    END $$";
    shop.sql.execute(discourage_scans).await.unwrap();
    shop.start_payment().await;

    let order = shop.captured().await;
    let _: PaymentRefunded = shop.call(order.id, &order.refund(300)).await;
    let voided = shop.authorized().await;
    let _: PaymentVoided = shop.call(voided.id, &voided.void()).await;
    let declined = Order::new("pm_card_chargeDeclined");
    let _: PaymentDeclined = shop.call(declined.id, &declined.authorize()).await;
    let challenged = shop.challenged().await;
    shop.authenticate(&challenged, "succeed").await;
    shop.deliver_all().await;
    let _: PaymentAuthorized = shop.reply(challenged.id, 1).await;
    eventually("a reconciliation has ended", async || {
        let ended = "reconciliations WHERE finished_at IS NOT NULL";
        (shop.sql.count(ended).await > 0).then_some(())
    })
    .await;

    shop.stop_payment().await;
    // Both commands wait for the service, so the void finds an authorization that no worker has begun.
    let withdrawn = Order::new("pm_card_visa");
    shop.send(&withdrawn.authorize()).await;
    shop.send(&withdrawn.void()).await;
    shop.start_payment().await;
    let _: PaymentVoided = shop.reply(withdrawn.id, 1).await;

    // Connections report their statistics when they close, at the latest.
    shop.stop_payment().await;
    eventually("the statistics are reported", async || {
        let used = "pg_stat_user_indexes WHERE indexrelname = 'operations_due' AND idx_scan > 0";
        (shop.sql.count(used).await > 0).then_some(())
    })
    .await;
    let scanned = shop
        .sql
        .text(
            "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') AS value
             FROM pg_stat_user_tables
             WHERE seq_scan > 0 AND relname IN
                 ('payments', 'refunds', 'operations', 'lookups', 'webhook_events',
                  'ledger_transactions', 'ledger_entries')",
        )
        .await;
    assert_eq!(scanned, "");
}
