//! Balances and reconciliations in the console.

use contracts::payment::v1::*;

use super::browser::{member, shop, shows, yen};
use crate::samples::{ID, OTHER_ID, eur, reconciliation, time};

#[tokio::test(flavor = "multi_thread")]
async fn balances_are_shown_by_currency_with_their_sum() {
    let shop = shop().await;
    shop.services.on(|_: ListBalancesRequest| {
        let balance = |account: &str, amount| Balance {
            account: account.to_owned(),
            amount,
        };
        Ok(ListBalancesResponse {
            balances: vec![
                balance("provider_receivable", eur(123_450)),
                balance("provider_receivable", yen(1_000)),
                balance("sales", eur(-123_450)),
                balance("sales", yen(-999)),
            ],
        })
    });
    let page = member(&shop, &["finance"]).open("/staff/ledger").await;
    let texts = [
        "Provider receivable",
        "\u{20ac}1,234.50",
        "\u{a5}999",
        "\u{20ac}0.00",
    ];
    shows(&page, 200, &texts);
    let (euros, yens) = page.text.split_once("id=\"book-JPY\"").unwrap();
    assert!(euros.contains("Sums to zero"), "{euros}");
    assert!(yens.contains("Does not sum to zero"), "{yens}");
    let page = member(&shop, &["support"]).open("/staff/ledger").await;
    shows(&page, 403, &["finance"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reconciliation_is_started_and_listed() {
    let shop = shop().await;
    shop.services.on(|_: StartReconciliationRequest| {
        Ok(StartReconciliationResponse {
            reconciliation: reconciliation(ReconciliationStatus::Running),
        })
    });
    shop.services.on(|request: ListReconciliationsRequest| {
        assert_eq!(request.page_token, "page-2");
        let failed = reconciliation(ReconciliationStatus::Failed);
        let completed = reconciliation(ReconciliationStatus::Completed);
        Ok(ListReconciliationsResponse {
            reconciliations: failed.into_iter().chain(completed).collect(),
            next_page_token: "page-3".to_owned(),
        })
    });
    let browser = member(&shop, &["finance"]);
    let page = browser
        .open("/staff/reconciliations?page_token=page-2")
        .await;
    let path = format!("/staff/reconciliations/{ID}");
    let texts = [
        &path,
        "Failed",
        "1 difference",
        "Newest",
        "page_token=page-3",
    ];
    shows(&page, 200, &texts);
    let answer = browser.submit("/staff/reconciliations", &[]).await;
    let started = format!("{path}?notice=reconciliation-started");
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, started.as_str())
    );
    let page = member(&shop, &["support"])
        .open("/staff/reconciliations")
        .await;
    shows(&page, 403, &["finance"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_difference_is_explained() {
    let shop = shop().await;
    shop.services.on(|request: GetReconciliationRequest| {
        assert_eq!(request.id, ID);
        let captured = Difference {
            kind: "captured".to_owned(),
            order_id: ID.to_owned(),
            payment_id: OTHER_ID.to_owned(),
            provider_reference: "pi_1".to_owned(),
            ours: "3674 EUR".to_owned(),
            theirs: "0 EUR".to_owned(),
        };
        let unknown = Difference {
            kind: "unknown_to_us".to_owned(),
            provider_reference: "pi_2".to_owned(),
            theirs: "requires_capture, 1299 EUR".to_owned(),
            ..Difference::default()
        };
        let run = reconciliation(ReconciliationStatus::Completed).map(|run| Reconciliation {
            finished_at: time(),
            ..run
        });
        Ok(GetReconciliationResponse {
            reconciliation: run,
            differences: vec![captured, unknown],
        })
    });
    let browser = member(&shop, &["finance"]);
    let page = browser.open(&format!("/staff/reconciliations/{ID}")).await;
    let order = format!("/staff/orders/{ID}");
    let texts = [
        "Captured amount",
        "\u{20ac}36.74",
        "\u{20ac}0.00",
        "Unknown to the shop",
        "requires capture, \u{20ac}12.99",
        "pi_2",
        &order,
    ];
    shows(&page, 200, &texts);
    let page = browser.open("/staff/reconciliations/latest").await;
    shows(&page, 400, &["must be"]);
}
