use contracts::payment::v1::*;
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tonic::Code;

use crate::{
    samples::{ID, OTHER_ID, reconciliation, refusal, time},
    shop::Shop,
};

const ALL: &str = "/api/v1/staff/reconciliations";

fn one() -> String {
    format!("{ALL}/{ID}")
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_a_reconciliation_returns_202() {
    let shop = Shop::open().await;
    shop.services.on(|_: StartReconciliationRequest| {
        Ok(StartReconciliationResponse {
            reconciliation: reconciliation(ReconciliationStatus::Running),
        })
    });
    let answer = shop.as_staff("POST", ALL, Value::Null).await;
    assert_json_snapshot!(answer.expect(202));
    assert_eq!(answer.header("location"), one());
}

#[tokio::test(flavor = "multi_thread")]
async fn reconciliations_are_listed() {
    let shop = Shop::open().await;
    shop.services.on(|request: ListReconciliationsRequest| {
        let expected = ListReconciliationsRequest {
            page_size: 10,
            page_token: "page-2".to_owned(),
        };
        assert_eq!(request, expected);
        let by_schedule = reconciliation(ReconciliationStatus::Failed).map(|run| Reconciliation {
            requested_by: String::new(),
            finished_at: time(),
            error: "the provider was unavailable".to_owned(),
            ..run
        });
        Ok(ListReconciliationsResponse {
            reconciliations: by_schedule.into_iter().collect(),
            next_page_token: String::new(),
        })
    });
    let path = format!("{ALL}?page_size=10&page_token=page-2");
    let page = shop.as_staff("GET", &path, Value::Null).await.expect(200);
    let first = &page["items"][0];
    assert_eq!(first["status"], "failed");
    assert_eq!(first["error"], "the provider was unavailable");
    assert!(first.get("requested_by").is_none() && page.get("next_page_token").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_names_each_difference() {
    let shop = Shop::open().await;
    shop.services.on(|request: GetReconciliationRequest| {
        assert_eq!(request.id, ID);
        let ours = Difference {
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
            theirs: "requires_capture".to_owned(),
            ..Difference::default()
        };
        Ok(GetReconciliationResponse {
            reconciliation: reconciliation(ReconciliationStatus::Completed),
            differences: vec![ours, unknown],
        })
    });
    let report = shop.as_staff("GET", &one(), Value::Null).await.expect(200);
    assert_eq!(report["reconciliation"]["status"], "completed");
    let expected = json!([
        {"kind": "captured", "order_id": ID, "payment_id": OTHER_ID, "provider_reference": "pi_1",
            "ours": "3674 EUR", "theirs": "0 EUR"},
        {"kind": "unknown_to_us", "provider_reference": "pi_2", "ours": "",
            "theirs": "requires_capture"},
    ]);
    assert_eq!(report["differences"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_reconciliation_is_a_404_and_an_invalid_id_is_named() {
    let shop = Shop::open().await;
    shop.services.on(|_: GetReconciliationRequest| {
        let status = refusal(Code::NotFound, "RECONCILIATION_NOT_FOUND", "no such run");
        Err::<GetReconciliationResponse, _>(status)
    });
    let answer = shop.as_staff("GET", &one(), Value::Null).await;
    answer.problem(404, "reconciliation-not-found");
    let answer = shop
        .as_staff("GET", &format!("{ALL}/latest"), Value::Null)
        .await;
    let document = answer.problem(400, "path-invalid");
    assert_eq!(document["errors"][0]["message"], "must be a UUID");
}
