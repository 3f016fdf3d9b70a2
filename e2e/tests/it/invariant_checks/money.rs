use super::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_payment_is_detected() {
    let fixture = Box::pin(Fixture::open()).await;
    let (confirmed, shipped) = (fixture.confirmed.as_str(), fixture.shipped.as_str());
    let cancelled = fixture.cancelled.as_str();
    let payment =
        |what: &str, order: &str| format!("UPDATE payments SET {what} WHERE order_id = '{order}'");
    let (_, intent) = fixture.payment(confirmed).await;
    fixture
        .corrupt(
            "payment",
            &payment("provider_reference = 'pi_other'", confirmed),
            &payment(&format!("provider_reference = '{intent}'"), confirmed),
            &[
                ("confirmed_is_authorized", confirmed),
                ("reconciliation_agrees", confirmed),
            ],
        )
        .await;
    fixture
        .corrupt(
            "payment",
            &payment("status = 'captured'", cancelled),
            &payment("status = 'voided'", cancelled),
            &[
                ("undone_holds_no_money", cancelled),
                ("reconciliation_agrees", cancelled),
            ],
        )
        .await;
    fixture
        .corrupt(
            "payment",
            &payment("amount_minor = amount_minor + 1", shipped),
            &payment("amount_minor = amount_minor - 1", shipped),
            &[
                ("shipped_is_captured", shipped),
                ("reconciliation_agrees", shipped),
            ],
        )
        .await;
    fixture
        .corrupt(
            "payment",
            &payment("refunded_minor = refunded_minor + 1", shipped),
            &payment("refunded_minor = refunded_minor - 1", shipped),
            &[
                ("refunds_agree", shipped),
                ("reconciliation_agrees", shipped),
            ],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_ledger_is_detected() {
    let fixture = Box::pin(Fixture::open()).await;
    let (payment, _) = fixture.payment(&fixture.confirmed).await;
    let of = format!(
        "transaction_id IN (SELECT id FROM ledger_transactions WHERE payment_id = '{payment}')"
    );
    let entry = |by: i64| {
        format!(
            "UPDATE ledger_entries SET amount_minor = amount_minor + {by} WHERE line = 1 AND {of}"
        )
    };
    fixture
        .corrupt(
            "payment",
            &entry(1),
            &entry(-1),
            &[
                ("ledger_balances", &payment),
                ("ledger_agrees_with_provider", &payment),
                ("reconciliation_agrees", &payment),
            ],
        )
        .await;
    let balance = |by: i64| {
        format!(
            "INSERT INTO ledger_deltas (account, currency, amount_minor) VALUES ('sales', 'EUR', {by})"
        )
    };
    fixture
        .corrupt(
            "payment",
            &balance(7),
            &balance(-7),
            &[("ledger_balances", "account sales")],
        )
        .await;
    fixture
        .corrupt(
            "payment",
            &format!(
                "DROP INDEX ledger_transactions_once;
                 INSERT INTO ledger_transactions (id, payment_id, order_id, kind, booked_at)
                 SELECT '00000000-0000-7000-8000-000000000001', payment_id, order_id, kind, booked_at
                 FROM ledger_transactions WHERE payment_id = '{payment}'"
            ),
            "DELETE FROM ledger_transactions WHERE id = '00000000-0000-7000-8000-000000000001';
             CREATE UNIQUE INDEX ledger_transactions_once
                 ON ledger_transactions (payment_id, kind, coalesce(refund_id, payment_id))",
            &[
                ("booked_once", &payment),
                ("ledger_balances", "00000000-0000-7000-8000-000000000001"),
                ("constraints_in_force", "ledger_transactions_once"),
            ],
        )
        .await;
    fixture.assert_clean().await;
}
