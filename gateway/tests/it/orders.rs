use contracts::{order::v1::*, payment::v1::*, types::v1::NextAction, user::v1::*};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::{
    samples::{
        ID, OTHER_ID, eur, next_action, order, payment, postal, postal_json, refund, summary, time,
    },
    shop::{Answer, Shop},
};

fn one(rest: &str) -> String {
    format!("/api/v1/orders/{ID}{rest}")
}

fn by_staff(rest: &str) -> String {
    format!("/api/v1/staff/orders/{ID}{rest}")
}

#[tokio::test(flavor = "multi_thread")]
async fn placing_an_order_forwards_the_key_and_returns_its_location() {
    let shop = Shop::open().await;
    shop.services.on(|request: PlaceOrderRequest| {
        let expected = PlaceOrderRequest {
            idempotency_key: "key-1".to_owned(),
            shipping_address: postal(),
            payment_method: "pm_card_visa".to_owned(),
            expected_total: eur(3_674),
        };
        assert_eq!(request, expected);
        Ok(PlaceOrderResponse {
            order: order(OrderStatus::Pending),
        })
    });
    let checkout = json!({
        "shipping_address": postal_json(), "payment_method": "pm_card_visa",
        "expected_total": {"minor_units": 3674, "currency": "EUR"},
    });
    let request = shop
        .request("POST", "/api/v1/orders")
        .bearer_auth(&shop.customer.1);
    let answer = Answer::of(request.header("Idempotency-Key", "key-1").json(&checkout)).await;
    assert_json_snapshot!(answer.expect(201));
    assert_eq!(answer.header("location"), one(""));
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_listed_by_status() {
    let shop = Shop::open().await;
    shop.services.on(|request: ListOrdersRequest| {
        let expected = ListOrdersRequest {
            page_size: 10,
            page_token: "page-2".to_owned(),
            status: OrderStatus::Confirmed.into(),
            all_customers: true,
            ..ListOrdersRequest::default()
        };
        assert_eq!(request, expected);
        Ok(ListOrdersResponse {
            summaries: vec![summary(OrderStatus::Confirmed)],
            next_page_token: String::new(),
        })
    });
    let path = "/api/v1/orders?status=confirmed&all_customers=true&page_size=10&page_token=page-2";
    let page = shop.as_staff("GET", path, Value::Null).await.expect(200);
    assert_eq!(
        page["items"][0],
        json!({
            "id": ID, "number": "K7M4-2Q9X-0", "customer_id": OTHER_ID, "status": "confirmed", "line_count": 1, "units": 2,
            "total": {"minor_units": 2_598, "currency": "EUR"}, "in_progress": false,
            "action_required": false, "placed_at": page["items"][0]["placed_at"],
            "updated_at": page["items"][0]["updated_at"],
        })
    );
    assert!(page.get("next_page_token").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_find_orders_by_number_time_and_address() {
    let shop = Shop::open().await;
    shop.services.on(|request: FindAccountRequest| {
        let id = match request.email.as_str() {
            "ada@example.com" => OTHER_ID.to_owned(),
            _ => String::new(),
        };
        Ok(FindAccountResponse { id })
    });
    shop.services.on(|request: ListOrdersRequest| {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let expected = ListOrdersRequest {
            all_customers: true,
            number: "K7M4-2Q9X-0".to_owned(),
            since: at(1_795_000_000),
            until: at(1_795_003_600),
            customer_id: OTHER_ID.to_owned(),
            ..ListOrdersRequest::default()
        };
        assert_eq!(request, expected);
        Ok(ListOrdersResponse {
            summaries: vec![summary(OrderStatus::Confirmed)],
            next_page_token: String::new(),
        })
    });
    let filters = "number=K7M4-2Q9X-0&since=2026-11-18T11:06:40Z&until=2026-11-18T13:06:40%2B01:00";
    let list = |email: &str, all: &str| format!("/api/v1/orders?{filters}&email={email}{all}");
    let all = "&all_customers=true";
    let found = shop
        .as_staff("GET", &list("ada@example.com", all), Value::Null)
        .await
        .expect(200);
    assert_eq!(found["items"][0]["number"], "K7M4-2Q9X-0");
    let unknown = shop
        .as_staff("GET", &list("bob@example.com", all), Value::Null)
        .await
        .expect(200);
    assert_eq!(unknown, json!({"items": []}));
    let own = shop
        .as_staff("GET", &list("ada@example.com", ""), Value::Null)
        .await;
    let document = own.problem(400, "query-invalid");
    assert_eq!(document["errors"][0]["field"], "email");
    assert_eq!(shop.services.calls::<ListOrdersRequest>().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_order_has_a_reason() {
    let shop = Shop::open().await;
    shop.services.on(|request: GetOrderRequest| {
        assert_eq!(request.id, ID);
        let order = order(OrderStatus::Rejected).map(|order| Order {
            reason: "payment_declined".to_owned(),
            ..order
        });
        Ok(GetOrderResponse { order })
    });
    let answer = shop
        .as_customer("GET", &one(""), Value::Null)
        .await
        .expect(200);
    assert_eq!(
        (&answer["status"], &answer["reason"]),
        (&json!("rejected"), &json!("payment_declined"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_3d_secure_challenge_has_its_redirect_url() {
    let shop = Shop::open().await;
    shop.services.on(|_: GetOrderRequest| {
        let order = order(OrderStatus::Pending).map(|order| Order {
            next_action: next_action(),
            ..order
        });
        Ok(GetOrderResponse { order })
    });
    shop.services.on(|_: GetPaymentRequest| {
        let payment = payment().map(|payment| Payment {
            status: PaymentStatus::ActionRequired.into(),
            next_action: next_action().map(|action| NextAction {
                expires_at: None,
                ..action
            }),
            ..payment
        });
        Ok(GetPaymentResponse { payment })
    });
    let url = "https://hooks.stripe.com/3d_secure_2/authenticate";
    let order = shop.as_customer("GET", &one(""), Value::Null).await;
    assert_eq!(
        order.expect(200)["next_action"],
        json!({"redirect_url": url, "expires_at": "2026-11-18T11:06:40.500Z"})
    );
    let payment = shop.as_customer("GET", &one("/payment"), Value::Null).await;
    let payment = payment.expect(200);
    assert_eq!(payment["status"], "action_required");
    assert_eq!(payment["next_action"], json!({"redirect_url": url}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_authorization_is_reported() {
    let shop = Shop::open().await;
    shop.services.on(|_: GetPaymentRequest| {
        let payment = payment().map(|payment| Payment {
            status: PaymentStatus::Expired.into(),
            ..payment
        });
        Ok(GetPaymentResponse { payment })
    });
    let answer = shop.as_customer("GET", &one("/payment"), Value::Null).await;
    assert_eq!(answer.expect(200)["status"], "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_lists_the_events() {
    let shop = Shop::open().await;
    shop.services.on(|request: GetTimelineRequest| {
        assert_eq!(request.id, ID);
        let entry = TimelineEntry {
            at: time(),
            service: "catalog".to_owned(),
            kind: "stock_reserved".to_owned(),
            message: "Stock reserved for 1 line".to_owned(),
            position: 1,
        };
        Ok(GetTimelineResponse {
            entries: vec![entry],
            status: OrderStatus::Pending.into(),
        })
    });
    let answer = shop
        .as_customer("GET", &one("/timeline"), Value::Null)
        .await;
    assert_json_snapshot!(answer.expect(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_cancelled_shipped_and_delivered() {
    let shop = Shop::open().await;
    shop.services.on(|request: CancelOrderRequest| {
        assert_eq!(request.id, ID);
        Ok(CancelOrderResponse {
            order: order(OrderStatus::Cancelled),
        })
    });
    shop.services.on(|request: ShipOrderRequest| {
        assert_eq!(
            (request.id.as_str(), request.tracking_number.as_str()),
            (ID, "JD01")
        );
        Ok(ShipOrderResponse {
            order: order(OrderStatus::Shipped),
        })
    });
    shop.services.on(|request: DeliverOrderRequest| {
        assert_eq!(request.id, ID);
        Ok(DeliverOrderResponse {
            order: order(OrderStatus::Delivered),
        })
    });
    let cancelled = shop
        .as_customer("POST", &one("/cancellation"), Value::Null)
        .await;
    assert_eq!(cancelled.expect(202)["status"], "cancelled");
    assert_eq!(cancelled.header("location"), one(""));
    let shipped = shop
        .as_staff(
            "POST",
            &by_staff("/shipment"),
            json!({"tracking_number": "JD01"}),
        )
        .await;
    assert_eq!(shipped.expect(202)["status"], "shipped");
    let delivered = shop
        .as_staff("POST", &by_staff("/delivery"), Value::Null)
        .await;
    assert_eq!(delivered.expect(200)["status"], "delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_requested_with_a_key() {
    let shop = Shop::open().await;
    shop.services.on(|request: RequestRefundRequest| {
        let expected = RequestRefundRequest {
            order_id: ID.to_owned(),
            idempotency_key: "key-2".to_owned(),
            amount: eur(1_299),
            reason: "arrived broken".to_owned(),
            lines: Vec::new(),
        };
        assert_eq!(request, expected);
        Ok(RequestRefundResponse { refund: refund() })
    });
    let body =
        json!({"amount": {"minor_units": 1299, "currency": "EUR"}, "reason": "arrived broken"});
    let request = shop
        .request("POST", &by_staff("/refunds"))
        .bearer_auth(&shop.staff);
    let answer = Answer::of(request.header("Idempotency-Key", "key-2").json(&body)).await;
    assert_json_snapshot!(answer.expect(202));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_read_by_its_order() {
    let shop = Shop::open().await;
    shop.services.on(|request: GetPaymentRequest| {
        assert_eq!(request.order_id, ID);
        Ok(GetPaymentResponse { payment: payment() })
    });
    let answer = shop.as_customer("GET", &one("/payment"), Value::Null).await;
    assert_json_snapshot!(answer.expect(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_reads_the_ledger() {
    let shop = Shop::open().await;
    shop.services.on(|request: ListLedgerEntriesRequest| {
        assert_eq!(request.order_id, ID);
        let entry = LedgerEntry {
            transaction_id: OTHER_ID.to_owned(),
            kind: "capture".to_owned(),
            account: "customer_receivable".to_owned(),
            amount: eur(-3_674),
            booked_at: time(),
        };
        Ok(ListLedgerEntriesResponse {
            entries: vec![entry],
        })
    });
    shop.services.on(|_: ListBalancesRequest| {
        let balance = Balance {
            account: "sales".to_owned(),
            amount: eur(-3_674),
        };
        Ok(ListBalancesResponse {
            balances: vec![balance],
        })
    });
    let entries = shop
        .as_staff("GET", &by_staff("/ledger"), Value::Null)
        .await;
    assert_json_snapshot!(entries.expect(200));
    let balances = shop
        .as_staff("GET", "/api/v1/staff/ledger/balances", Value::Null)
        .await;
    assert_eq!(
        balances.expect(200)["items"][0]["amount"]["minor_units"],
        -3_674
    );
}
