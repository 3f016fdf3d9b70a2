//! The result of a reconciliation, and that it reports no difference while something is in flight.

mod command;
mod kinds;
mod orphans;
mod replicas;

use chassis::status::Details;
use contracts::messages::{PaymentCaptured, PaymentDeclined, PaymentRefunded, PaymentVoided};
use contracts::payment::v1::{
    Difference, GetReconciliationRequest, ListReconciliationsRequest, Reconciliation,
    ReconciliationStatus, StartReconciliationRequest,
};
use kernel::UserId;
use serde_json::json;
use testkit::{eventually, with_token};
use tonic::Code;

use crate::support::{Order, Shop};

/// No schedule and no waits: a payment is compared immediately.
const IMMEDIATE: &[(&str, &str)] = &[
    ("reconciliation.every_h", "0"),
    ("reconciliation.settle_ms", "0"),
    ("reconciliation.confirm_after_ms", "0"),
    ("reconciliation.give_up_after_ms", "300"),
    ("reconciliation.poll_ms", "100"),
];

/// A shop with immediate reconciliations and further changes of the configuration.
pub(crate) async fn shop_with(changes: &[(&str, &str)]) -> Shop {
    Shop::start_with(&[IMMEDIATE, changes].concat()).await
}

async fn start(shop: &Shop) -> Reconciliation {
    let staff = shop.issuer.token(UserId::generate(), "staff");
    let request = with_token(&staff, StartReconciliationRequest {});
    let answer = shop.reconciliations(0).start_reconciliation(request).await;
    answer.unwrap().into_inner().reconciliation.unwrap()
}

async fn get(shop: &Shop, id: &str) -> (Reconciliation, Vec<Difference>) {
    let staff = shop.issuer.token(UserId::generate(), "staff");
    let request = GetReconciliationRequest { id: id.to_owned() };
    let request = with_token(&staff, request);
    let answer = shop.reconciliations(0).get_reconciliation(request).await;
    let answer = answer.unwrap().into_inner();
    (answer.reconciliation.unwrap(), answer.differences)
}

/// Waits for the end of a reconciliation.
async fn ended(shop: &Shop, id: &str) -> (Reconciliation, Vec<Difference>) {
    eventually("the reconciliation ends", async || {
        let (run, found) = get(shop, id).await;
        (run.status() != ReconciliationStatus::Running).then_some((run, found))
    })
    .await
}

/// Runs a reconciliation, which must complete.
pub(crate) async fn reconciled(shop: &Shop) -> (Reconciliation, Vec<Difference>) {
    let run = start(shop).await;
    let (run, found) = ended(shop, &run.id).await;
    assert_eq!(run.status(), ReconciliationStatus::Completed, "{run:?}");
    assert_eq!(usize::try_from(run.differences).unwrap(), found.len());
    (run, found)
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_with_all_outcomes_have_no_difference() {
    let shop = shop_with(&[]).await;
    shop.authorized().await;
    let captured = shop.captured().await;
    for minor in [300, 200] {
        let refund = captured.refund(minor);
        shop.send(&refund).await;
    }
    let _: PaymentRefunded = shop.reply(captured.id, 2).await;
    let voided = shop.authorized().await;
    let _: PaymentVoided = shop.call(voided.id, &voided.void()).await;
    let tombstone = Order::new("pm_card_visa");
    let _: PaymentVoided = shop.call(tombstone.id, &tombstone.void()).await;
    for card in ["pm_card_chargeDeclined", "pm_card_that_does_not_exist"] {
        let declined = Order::new(card);
        let _: PaymentDeclined = shop.call(declined.id, &declined.authorize()).await;
    }

    let (run, found) = reconciled(&shop).await;
    assert_eq!(found, []);
    // An unknown payment method leads to no intent, nor does a tombstone.
    assert_eq!((run.payments, run.intents), (6, 4));
    assert!(run.finished_at.is_some() && run.error.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_in_flight_is_not_a_difference() {
    let shop = shop_with(&[]).await;
    let order = shop.authorized().await;
    let slow = json!({"after_ms": 60_000, "operation": "capture"});
    shop.control("latency", slow).await;
    shop.send(&order.capture()).await;
    eventually("the provider has captured", async || {
        let intents = shop.intents(&order).await;
        (intents[0]["status"] == "succeeded").then_some(())
    })
    .await;
    assert_eq!(shop.status(&order).await, "authorized");
    let (run, found) = reconciled(&shop).await;
    assert_eq!(found, []);
    assert_eq!(run.payments, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recent_change_is_not_a_difference_yet() {
    let shop = shop_with(&[("reconciliation.settle_ms", "3600000")]).await;
    let order = shop.authorized().await;
    capture_at_provider(&shop, &order).await;
    let earlier = format!(
        "UPDATE payments SET created_at = now() - interval '2 hours' WHERE id = '{}'",
        order.payment_id
    );
    shop.sql.execute(&earlier).await.unwrap();
    let (run, found) = reconciled(&shop).await;
    assert_eq!((run.payments, found.len()), (0, 0));

    let settled = earlier.replace("created_at", "updated_at");
    shop.sql.execute(&settled).await.unwrap();
    let (run, found) = reconciled(&shop).await;
    assert_eq!((run.payments, found.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspect_that_agrees_at_the_second_comparison_is_not_a_difference() {
    let shop = shop_with(&[("reconciliation.confirm_after_ms", "5000")]).await;
    let order = shop.authorized().await;
    let set = |minor: i64| {
        let id = order.payment_id;
        format!("UPDATE payments SET amount_minor = {minor} WHERE id = '{id}'")
    };
    shop.sql.execute(&set(1300)).await.unwrap();
    let run = start(&shop).await;
    eventually("the first comparison is done", async || {
        let (run, _) = get(&shop, &run.id).await;
        (run.payments == 1).then_some(())
    })
    .await;
    shop.sql.execute(&set(1299)).await.unwrap();
    let (run, found) = ended(&shop, &run.id).await;
    assert_eq!(run.status(), ReconciliationStatus::Completed);
    assert_eq!(found, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_provider_fails_one_run_but_not_the_next() {
    let shop = shop_with(&[]).await;
    shop.authorized().await;
    let outage = json!({"next": 1_000, "status": 503, "operation": "read"});
    shop.control("fail", outage).await;
    let run = start(&shop).await;
    let (run, found) = ended(&shop, &run.id).await;
    assert_eq!(run.status(), ReconciliationStatus::Failed);
    assert!(run.error.contains("503"), "{}", run.error);
    assert_eq!(found, []);

    shop.control("calm", json!({})).await;
    let (run, found) = reconciled(&shop).await;
    assert_eq!((run.payments, found.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_key_fails_the_run_at_once() {
    let changes = [
        ("provider.secret_key", "sk_test_wrong"),
        ("reconciliation.give_up_after_ms", "600000"),
    ];
    let shop = shop_with(&changes).await;
    let run = start(&shop).await;
    let (run, _) = ended(&shop, &run.id).await;
    assert_eq!(run.status(), ReconciliationStatus::Failed);
    assert!(run.error.contains("secret key"), "{}", run.error);
}

#[tokio::test(flavor = "multi_thread")]
async fn reconciliations_are_listed_newest_first_in_pages() {
    let shop = shop_with(&[]).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(reconciled(&shop).await.0.id);
    }
    ids.reverse();
    let staff = shop.issuer.token(UserId::generate(), "staff");
    let page = async |page_token: String| {
        let page_size = 2;
        let request = ListReconciliationsRequest {
            page_size,
            page_token,
        };
        let request = with_token(&staff, request);
        let answer = shop.reconciliations(0).list_reconciliations(request).await;
        let answer = answer.unwrap().into_inner();
        let ids = answer.reconciliations.into_iter().map(|run| run.id);
        (ids.collect::<Vec<_>>(), answer.next_page_token)
    };
    let (first, token) = page(String::new()).await;
    let (second, end) = page(token).await;
    assert_eq!([first, second].concat(), ids);
    assert_eq!(end, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn reconciliations_are_for_staff_and_check_their_arguments() {
    let shop = shop_with(&[]).await;
    let customer = shop.issuer.token(UserId::generate(), "customer");
    let request = with_token(&customer, StartReconciliationRequest {});
    let refused = shop.reconciliations(0).start_reconciliation(request).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);

    let staff = shop.issuer.token(UserId::generate(), "staff");
    for (id, reason) in [
        (UserId::generate().to_string(), "RECONCILIATION_NOT_FOUND"),
        ("42".to_owned(), "VALIDATION_FAILED"),
    ] {
        let request = with_token(&staff, GetReconciliationRequest { id });
        let refused = shop.reconciliations(0).get_reconciliation(request).await;
        let rejection = Details::from_status(&refused.unwrap_err());
        assert_eq!(rejection.reason, reason);
    }
    for (page_size, page_token, reason) in [
        (0, "x", "PAGE_TOKEN_INVALID"),
        (101, "", "VALIDATION_FAILED"),
    ] {
        let page_token = page_token.to_owned();
        let request = ListReconciliationsRequest {
            page_size,
            page_token,
        };
        let request = with_token(&staff, request);
        let refused = shop.reconciliations(0).list_reconciliations(request).await;
        let rejection = Details::from_status(&refused.unwrap_err());
        assert_eq!(rejection.reason, reason);
    }
}

/// Captures the intent at the provider, without `payment`. Returns the provider's id of the intent.
async fn capture_at_provider(shop: &Shop, order: &Order) -> String {
    let intent = shop.intents(order).await.remove(0);
    let id = intent["id"].as_str().unwrap().to_owned();
    shop.post_to_provider(&format!("payment_intents/{id}/capture"), &[])
        .await;
    id
}

/// Authorizes `minor` for an order with another intent. Returns its id.
async fn authorize_at_provider(shop: &Shop, order: &Order, minor: &str) -> String {
    let intent = shop
        .post_to_provider(
            "payment_intents",
            &[
                ("amount", minor),
                ("currency", "eur"),
                ("payment_method", "pm_card_visa"),
                ("capture_method", "manual"),
                ("confirm", "true"),
                ("metadata[order_id]", &order.id.to_string()),
                ("metadata[payment_id]", &order.payment_id.to_string()),
            ],
        )
        .await;
    intent["id"].as_str().unwrap().to_owned()
}

/// A captured order, and the provider's id of its intent.
async fn captured(shop: &Shop) -> (Order, String) {
    let order = shop.authorized().await;
    let _: PaymentCaptured = shop.call(order.id, &order.capture()).await;
    let intent = shop.intents(&order).await.remove(0);
    (order, intent["id"].as_str().unwrap().to_owned())
}
