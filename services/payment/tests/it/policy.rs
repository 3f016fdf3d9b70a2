use chassis::status::Details;
use contracts::messages::PaymentVoided;
use contracts::payment::v1::{
    GetPaymentRequest, ListBalancesRequest, ListLedgerEntriesRequest, PaymentStatus,
};
use kernel::UserId;
use testkit::with_token;
use tonic::{Code, Status};

use crate::support::{Order, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn only_its_customer_and_staff_can_read_a_payment() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    let customer = shop.issuer.token(order.customer_id, "customer");
    let staff = shop.issuer.token(UserId::generate(), "staff");
    for token in [&customer, &staff] {
        let answer = shop
            .client()
            .get_payment(with_token(token, request(&order)))
            .await;
        let payment = answer.unwrap().into_inner().payment.unwrap();
        assert_eq!(payment.id, order.payment_id.to_string());
        assert_eq!(payment.status(), PaymentStatus::Authorized);
        assert_eq!(payment.amount.unwrap().minor_units, 1299);
        assert_eq!(payment.refunded.unwrap().minor_units, 0);
        assert!(payment.provider_reference.starts_with("pi_"));
    }
    let other_customer = shop.issuer.token(UserId::generate(), "customer");
    let refused = shop
        .client()
        .get_payment(with_token(&other_customer, request(&order)))
        .await;
    assert_eq!(
        refusal(refused),
        (Code::NotFound, "PAYMENT_NOT_FOUND".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_can_read_a_tombstone() {
    let shop = Shop::start().await;
    let (nothing, tombstone) = (Order::new("pm_card_visa"), Order::new("pm_card_visa"));
    let _: PaymentVoided = shop.call(tombstone.id, &tombstone.void()).await;
    let staff = shop.issuer.token(UserId::generate(), "staff");
    let customer = shop.issuer.token(tombstone.customer_id, "customer");

    let answer = shop
        .client()
        .get_payment(with_token(&staff, request(&tombstone)))
        .await;
    let payment = answer.unwrap().into_inner().payment.unwrap();
    assert_eq!(
        (payment.status(), payment.amount),
        (PaymentStatus::Voided, None)
    );
    for (token, order) in [(&staff, &nothing), (&customer, &tombstone)] {
        let refused = shop
            .client()
            .get_payment(with_token(token, request(order)))
            .await;
        assert_eq!(refusal(refused).0, Code::NotFound);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_token_is_rejected() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    let refused = shop.client().get_payment(request(&order)).await;
    let missing = (Code::Unauthenticated, "TOKEN_MISSING".to_owned());
    assert_eq!(refusal(refused), missing);
    let refused = shop.client().list_balances(ListBalancesRequest {}).await;
    assert_eq!(refusal(refused), missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_for_staff() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    let customer = shop.issuer.token(order.customer_id, "customer");
    let balances = with_token(&customer, ListBalancesRequest {});
    let refused = shop.client().list_balances(balances).await;
    assert_eq!(refusal(refused).0, Code::PermissionDenied);
    let request = ListLedgerEntriesRequest {
        order_id: order.id.to_string(),
    };
    let refused = shop
        .client()
        .list_ledger_entries(with_token(&customer, request))
        .await;
    assert_eq!(refusal(refused).0, Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_order_id_is_named() {
    let shop = Shop::start().await;
    let staff = shop.issuer.token(UserId::generate(), "staff");
    let request = GetPaymentRequest {
        order_id: "42".to_owned(),
    };
    let status = shop
        .client()
        .get_payment(with_token(&staff, request))
        .await
        .unwrap_err();
    let rejection = Details::from_status(&status);
    assert_eq!(rejection.reason, "VALIDATION_FAILED");
    assert_eq!(rejection.fields[0].0, "order_id");
}

fn request(order: &Order) -> GetPaymentRequest {
    GetPaymentRequest {
        order_id: order.id.to_string(),
    }
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.unwrap_err();
    let reason = Details::from_status(&status).reason;
    (status.code(), reason)
}
