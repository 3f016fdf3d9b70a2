//! Every RPC with which staff change something leaves a record.

use contracts::payment::v1::StartReconciliationRequest;
use kernel::UserId;
use testkit::with_token;

use crate::reconciliation::shop_with;

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_staff_leaves_a_record() {
    let shop = shop_with(&[]).await;
    let actor = UserId::generate();
    let staff = shop.issuer.token(actor, "staff");
    for path in payment::POLICY.staff_writes(contracts::DESCRIPTOR_SET) {
        // A new RPC of staff needs a call here.
        let kind = match path.rsplit('/').next().unwrap() {
            "StartReconciliation" => {
                let request = with_token(&staff, StartReconciliationRequest {});
                let answer = shop.reconciliations(0).start_reconciliation(request).await;
                answer.unwrap();
                "reconciliation.start"
            }
            other => panic!("{other} has no call in this test"),
        };
        let records = format!("operator_actions WHERE kind = '{kind}' AND actor_id = '{actor}'");
        assert_eq!(shop.database.count(&records).await, 1, "{path}");
    }
}
