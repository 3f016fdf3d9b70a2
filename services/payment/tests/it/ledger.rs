use contracts::messages::{PaymentAuthorized, PaymentRefunded, PaymentVoided};
use contracts::payment::v1::{ListBalancesRequest, ListLedgerEntriesRequest};
use kernel::UserId;
use testkit::with_token;
use uuid::Uuid;

use crate::sql::Sql;
use crate::support::{Order, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn balances_show_authorizations_sales_and_refunds_and_sum_to_zero() {
    let shop = Shop::start().await;
    let authorized = shop.authorized().await;
    let voided = shop.authorized().await;
    let _: PaymentVoided = shop.call(voided.id, &voided.void()).await;
    let captured = shop.captured().await;
    let _: PaymentRefunded = shop.call(captured.id, &captured.refund(299)).await;

    let balances = balances(&shop).await;
    let expected = [
        ("authorization_obligations", -1299),
        ("authorized_funds", 1299),
        ("provider_receivable", 1000),
        ("refunds", 299),
        ("sales", -1299),
    ];
    assert_eq!(
        balances,
        expected.map(|(name, minor)| (name.to_owned(), minor))
    );
    assert_eq!(balances.iter().map(|(_, minor)| minor).sum::<i64>(), 0);

    let staff = shop.issuer.token(UserId::generate(), "staff");
    let request = ListLedgerEntriesRequest {
        order_id: authorized.id.to_string(),
    };
    let answer = shop
        .client()
        .list_ledger_entries(with_token(&staff, request))
        .await
        .unwrap();
    let entries = answer.into_inner().entries;
    assert_eq!(entries.len(), 2);
    assert!(entries.iter().all(|entry| entry.kind == "authorize"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_rejects_a_transaction_that_does_not_balance() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    let unbalanced = [
        vec![],
        vec![("sales", 100, "EUR")],
        vec![("sales", 100, "EUR"), ("refunds", -99, "EUR")],
        vec![("sales", 100, "EUR"), ("refunds", -100, "USD")],
    ];
    for lines in unbalanced {
        let error = book(&shop, &order, &lines).await.unwrap_err();
        assert_eq!(error.constraint(), Some("ledger_balanced"), "{lines:?}");
    }
    assert_eq!(shop.booked(&order).await, "authorize");
    let balanced = [("sales", 100, "EUR"), ("refunds", -100, "EUR")];
    book(&shop, &order, &balanced).await.unwrap();
    assert_eq!(shop.booked(&order).await, "authorize capture");
    let twice = book(&shop, &order, &balanced).await.unwrap_err();
    assert_eq!(twice.constraint(), Some("ledger_transactions_once"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_added_later_must_balance_too() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    let sql = format!(
        "INSERT INTO ledger_entries SELECT id, 7, 'sales', 1, 'EUR'
         FROM ledger_transactions WHERE order_id = '{}'",
        order.id
    );
    let error = shop.sql.execute(&sql).await.unwrap_err();
    assert_eq!(error.constraint(), Some("ledger_balanced"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_rejects_changes_of_bookings() {
    let shop = Shop::start().await;
    shop.authorized().await;
    for sql in [
        "UPDATE ledger_entries SET amount_minor = 1",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
        "UPDATE ledger_transactions SET kind = 'void'",
        "DELETE FROM ledger_transactions",
    ] {
        let error = shop.sql.execute(sql).await.unwrap_err();
        assert_eq!(error.constraint(), Some("ledger_append_only"), "{sql}");
        // The service has no right to it in the first place.
        let service = Sql::at(&shop.database.url);
        let error = service.execute(sql).await.unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        let cause = cause.unwrap_or_default();
        assert!(cause.contains("permission denied"), "{sql}: {cause}");
    }
    assert_eq!(shop.sql.count("ledger_entries").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn balances_are_the_sums_of_the_ledger_while_they_are_rolled_up() {
    let mut shop = Shop::start_with(&[("ledger.roll_up_s", "1")]).await;
    // Two replicas roll up.
    shop.start_payment().await;
    let mut orders: Vec<_> = (0..12).map(|_| Order::new("pm_card_visa")).collect();
    for order in &orders {
        shop.send(&order.authorize()).await;
    }
    for (nth, order) in orders.iter().enumerate() {
        let _: PaymentAuthorized = shop.reply(order.id, 1).await;
        if nth % 2 == 0 {
            shop.send(&order.capture()).await;
        } else {
            shop.send(&order.void()).await;
        }
        // Balances are correct at any time, also during a roll-up.
        let sum: i64 = balances(&shop).await.iter().map(|(_, minor)| minor).sum();
        assert_eq!(sum, 0);
    }
    orders.push(shop.captured().await);
    testkit::eventually("everything is booked and rolled up", async || {
        let booked = shop.sql.count("ledger_transactions").await;
        let deltas = shop.sql.count("ledger_deltas").await;
        (booked == 26 && deltas == 0).then_some(())
    })
    .await;
    let summed = "SELECT string_agg(account || ' ' || sum, ',' ORDER BY account) AS value FROM (
                      SELECT account, sum(amount_minor) AS sum FROM ledger_entries
                      GROUP BY account) AS sums";
    let ours: Vec<_> = balances(&shop)
        .await
        .into_iter()
        .map(|(account, minor)| format!("{account} {minor}"))
        .collect();
    assert_eq!(ours.join(","), shop.sql.text(summed).await);
    assert!(shop.sql.count("ledger_balances").await >= 4);
}

/// Every account with its balance in minor units.
async fn balances(shop: &Shop) -> Vec<(String, i64)> {
    let staff = shop.issuer.token(UserId::generate(), "staff");
    let answer = shop
        .client()
        .list_balances(with_token(&staff, ListBalancesRequest {}))
        .await
        .unwrap();
    let balances = answer.into_inner().balances.into_iter();
    balances
        .map(|balance| (balance.account, balance.amount.unwrap().minor_units))
        .collect()
}

async fn book(
    shop: &Shop,
    order: &Order,
    lines: &[(&str, i64, &str)],
) -> Result<(), persistence::Error> {
    let id = Uuid::now_v7();
    let entries: String = lines
        .iter()
        .enumerate()
        .map(|(line, (account, minor, currency))| {
            format!(
                "INSERT INTO ledger_entries
                 VALUES ('{id}', {line}, '{account}', {minor}, '{currency}');"
            )
        })
        .collect();
    let sql = format!(
        "BEGIN;
         INSERT INTO ledger_transactions
         VALUES ('{id}', '{}', '{}', 'capture', NULL, now());
         {entries}
         COMMIT",
        order.payment_id, order.id
    );
    shop.sql.execute(&sql).await
}
