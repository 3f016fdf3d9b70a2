use contracts::order::v1::*;
use serde_json::{Value, json};

use crate::{
    samples::{ID, OTHER_ID, eur, time},
    shop::{Answer, Shop},
};

fn lines() -> Vec<LineUnits> {
    vec![LineUnits {
        sku: "COFFEE-1".to_owned(),
        quantity: 1,
    }]
}

fn totals() -> Option<Totals> {
    Some(Totals {
        lines: eur(1_299),
        discount: eur(0),
        shipping: eur(245),
        tax: eur(293),
        total: eur(1_837),
    })
}

fn sample(status: ReturnStatus) -> Option<Return> {
    Some(Return {
        id: OTHER_ID.to_owned(),
        order_id: ID.to_owned(),
        customer_id: OTHER_ID.to_owned(),
        status: status.into(),
        reason: ReturnReason::Defective.into(),
        lines: lines(),
        share: totals(),
        created_at: time(),
        ..Return::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_is_requested_with_a_key() {
    let shop = Shop::open().await;
    shop.services.on(|request: RequestReturnRequest| {
        let expected = RequestReturnRequest {
            order_id: ID.to_owned(),
            idempotency_key: "key-3".to_owned(),
            lines: lines(),
            reason: ReturnReason::Defective.into(),
            note: "does not brew".to_owned(),
        };
        assert_eq!(request, expected);
        Ok(RequestReturnResponse {
            order_return: sample(ReturnStatus::Requested),
        })
    });
    let path = format!("/api/v1/orders/{ID}/returns");
    let body = json!({
        "lines": [{"sku": "COFFEE-1", "quantity": 1}], "reason": "defective", "note": "does not brew",
    });
    let request = shop.request("POST", &path).bearer_auth(&shop.customer.1);
    let answer = Answer::of(request.header("Idempotency-Key", "key-3").json(&body)).await;
    let location = answer.header("location");
    assert_eq!(location, format!("/api/v1/returns/{OTHER_ID}"));
    let money = |minor_units: i64| json!({"minor_units": minor_units, "currency": "EUR"});
    let created_at = answer.expect(201)["created_at"].clone();
    assert_eq!(
        answer.expect(201),
        json!({
            "id": OTHER_ID, "order_id": ID, "customer_id": OTHER_ID, "status": "requested",
            "reason": "defective", "lines": [{"sku": "COFFEE-1", "quantity": 1}],
            "share": {
                "lines": money(1_299), "discount": money(0), "shipping": money(245),
                "tax": money(293), "total": money(1_837),
            },
            "automatic": false, "created_at": created_at,
        })
    );
    let without_key = shop.as_customer("POST", &path, body).await;
    without_key.problem(400, "idempotency-key-missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_approve_and_refuse_returns() {
    let shop = Shop::open().await;
    shop.services.on(|request: ApproveReturnRequest| {
        assert_eq!(
            (request.id.as_str(), request.note.as_str()),
            (ID, "received")
        );
        assert_eq!(request.amount, eur(1_000));
        Ok(ApproveReturnResponse {
            order_return: sample(ReturnStatus::Approved).map(|one| Return {
                amount: eur(1_000),
                refund_id: OTHER_ID.to_owned(),
                decision_note: "received".to_owned(),
                decided_at: time(),
                ..one
            }),
        })
    });
    shop.services.on(|request: RefuseReturnRequest| {
        assert_eq!((request.id.as_str(), request.note.as_str()), (ID, "used"));
        Ok(RefuseReturnResponse {
            order_return: sample(ReturnStatus::Refused),
        })
    });
    let approval = format!("/api/v1/staff/returns/{ID}/approval");
    let refusal = format!("/api/v1/staff/returns/{ID}/refusal");
    let body = json!({"amount": {"minor_units": 1_000, "currency": "EUR"}, "note": "received"});
    let approved = shop.as_staff("POST", &approval, body.clone()).await;
    assert_eq!(approved.expect(200)["refund_id"], OTHER_ID);
    let refused = shop
        .as_staff("POST", &refusal, json!({"note": "used"}))
        .await;
    assert_eq!(refused.expect(200)["status"], "refused");
    for path in [&approval, &refusal] {
        let denied = shop.as_customer("POST", path, body.clone()).await;
        denied.problem(403, "forbidden");
    }
    assert_eq!(shop.services.calls::<ApproveReturnRequest>().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_for_staff() {
    let shop = Shop::open().await;
    let path = format!("/api/v1/staff/orders/{ID}/refunds");
    let request = shop.request("POST", &path).bearer_auth(&shop.customer.1);
    let request = request.header("Idempotency-Key", "mine");
    let denied = Answer::of(request.json(&json!({"reason": "mine"}))).await;
    denied.problem(403, "forbidden");
    assert!(shop.services.calls::<RequestRefundRequest>().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn returns_are_listed_by_status() {
    let shop = Shop::open().await;
    shop.services.on(|request: ListReturnsRequest| {
        let expected = ListReturnsRequest {
            status: ReturnStatus::Requested.into(),
            page_size: 10,
            page_token: "page-2".to_owned(),
        };
        assert_eq!(request, expected);
        Ok(ListReturnsResponse {
            returns: sample(ReturnStatus::Requested).into_iter().collect(),
            next_page_token: String::new(),
        })
    });
    let path = "/api/v1/staff/returns?status=requested&page_size=10&page_token=page-2";
    let page = shop.as_staff("GET", path, Value::Null).await;
    assert_eq!(page.expect(200)["items"][0]["id"], OTHER_ID);
}
