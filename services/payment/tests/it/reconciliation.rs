//! What a reconciliation says, and that it says nothing while things are on their way.

mod command;
mod kinds;
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

/// No schedule, and no time to settle: what is over is compared at once.
const AT_ONCE: &[(&str, &str)] = &[
    ("reconciliation.every_h", "0"),
    ("reconciliation.settle_ms", "0"),
    ("reconciliation.confirm_after_ms", "0"),
    ("reconciliation.patience_ms", "300"),
    ("reconciliation.poll_ms", "100"),
];

/// A shop whose reconciliations are at once, with further changes of the configuration.
async fn shop_with(changes: &[(&str, &str)]) -> Shop {
    Shop::open_with(&[AT_ONCE, changes].concat()).await
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

/// One reconciliation from its start to its end, which compares everything.
async fn reconciled(shop: &Shop) -> (Reconciliation, Vec<Difference>) {
    let run = start(shop).await;
    let (run, found) = ended(shop, &run.id).await;
    assert_eq!(run.status(), ReconciliationStatus::Completed, "{run:?}");
    assert_eq!(usize::try_from(run.differences).unwrap(), found.len());
    (run, found)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_agrees_after_a_mixed_day() {
    let shop = shop_with(&[]).await;
    shop.authorized().await;
    let captured = shop.captured().await;
    for minor in [300, 200] {
        let refund = captured.refund(minor);
        shop.send(&refund).await;
    }
    let _: PaymentRefunded = shop.reply(captured.id, 2).await;
    let voided = shop.authorized().await;
    let _: PaymentVoided = shop.ask(voided.id, &voided.void()).await;
    let tombstone = Order::new("pm_card_visa");
    let _: PaymentVoided = shop.ask(tombstone.id, &tombstone.void()).await;
    for card in ["pm_card_chargeDeclined", "pm_card_that_does_not_exist"] {
        let declined = Order::new(card);
        let _: PaymentDeclined = shop.ask(declined.id, &declined.authorize()).await;
    }

    let (run, found) = reconciled(&shop).await;
    assert_eq!(found, []);
    // A card that does not exist makes no intent, nor does a tombstone.
    assert_eq!((run.payments, run.intents), (6, 4));
    assert!(run.finished_at.is_some() && run.error.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_in_flight_is_no_difference() {
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
async fn what_changed_a_moment_ago_is_no_difference_yet() {
    let shop = shop_with(&[("reconciliation.settle_ms", "3600000")]).await;
    let order = shop.authorized().await;
    capture_behind_our_back(&shop, &order).await;
    let earlier = format!(
        "UPDATE payments SET created_at = now() - interval '2 hours' WHERE id = '{}'",
        order.payment_id
    );
    shop.sql.execute(&earlier).await.unwrap();
    let (run, found) = reconciled(&shop).await;
    assert_eq!((run.payments, found.len()), (0, 0));

    let at_rest = earlier.replace("created_at", "updated_at");
    shop.sql.execute(&at_rest).await.unwrap();
    let (run, found) = reconciled(&shop).await;
    assert_eq!((run.payments, found.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_at_the_second_look_is_no_difference() {
    let shop = shop_with(&[("reconciliation.confirm_after_ms", "5000")]).await;
    let order = shop.authorized().await;
    let set = |minor: i64| {
        let id = order.payment_id;
        format!("UPDATE payments SET amount_minor = {minor} WHERE id = '{id}'")
    };
    shop.sql.execute(&set(1300)).await.unwrap();
    let run = start(&shop).await;
    eventually("the first look is over", async || {
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
async fn a_provider_that_is_away_fails_this_run_and_not_the_next() {
    let shop = shop_with(&[]).await;
    shop.authorized().await;
    let away = json!({"next": 1_000, "status": 503, "operation": "read"});
    shop.control("fail", away).await;
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
async fn a_key_that_the_provider_refuses_is_named_at_once() {
    let changes = [
        ("provider.secret_key", "sk_test_wrong"),
        ("reconciliation.patience_ms", "600000"),
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
async fn reconciliations_are_for_staff_and_say_what_they_do_not_know() {
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

/// The provider takes what we only hold.
async fn capture_behind_our_back(shop: &Shop, order: &Order) -> String {
    let intent = shop.intents(order).await.remove(0);
    let id = intent["id"].as_str().unwrap().to_owned();
    shop.behind_our_back(&format!("payment_intents/{id}/capture"), &[])
        .await;
    id
}

/// An order whose amount was taken, and the provider's name of it.
async fn captured(shop: &Shop) -> (Order, String) {
    let order = shop.authorized().await;
    let _: PaymentCaptured = shop.ask(order.id, &order.capture()).await;
    let intent = shop.intents(&order).await.remove(0);
    (order, intent["id"].as_str().unwrap().to_owned())
}
