//! Orders and returns in the console.

use contracts::{catalog::v1::*, order::v1::*, payment::v1::*, user::v1::*};
use tonic::{Code, Status};

use super::browser::{member, shop};
use crate::{
    samples::{ID, OTHER_ID, eur, order, payment, refusal, saga, summary, time},
    shop::Shop,
};

/// A shop with one order in this status.
async fn shop_with_order(status: OrderStatus) -> Shop {
    let shop = shop().await;
    shop.services.on(move |_: GetOrderRequest| {
        Ok(GetOrderResponse {
            order: order(status),
        })
    });
    shop.services
        .on(|_: GetPaymentRequest| Ok(GetPaymentResponse { payment: payment() }));
    shop.services
        .on(|_: ListOrderReturnsRequest| Ok(ListOrderReturnsResponse::default()));
    shop.services
        .on(|_: GetTimelineRequest| Ok(GetTimelineResponse::default()));
    shop.services.on(|_: GetSagaRequest| {
        Ok(GetSagaResponse {
            saga: saga(SagaState::Stuck),
        })
    });
    shop.services
        .on(|_: BatchGetOffersRequest| Ok(BatchGetOffersResponse::default()));
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_found_by_all_filters_together() {
    let shop = shop().await;
    shop.services.on(|request: FindAccountRequest| {
        let id = match request.email.as_str() {
            "ada@example.com" => OTHER_ID,
            _ => "",
        };
        Ok(FindAccountResponse { id: id.to_owned() })
    });
    shop.services.on(|request: ListOrdersRequest| {
        assert!(request.all_customers);
        assert_eq!(request.number, "K7M4-2Q9X-0");
        assert_eq!(request.customer_id, OTHER_ID);
        assert_eq!(request.status, i32::from(OrderStatus::Shipped));
        let seconds = |time: Option<prost_types::Timestamp>| time.unwrap().seconds;
        // The last day is included.
        assert_eq!(seconds(request.until) - seconds(request.since), 86_400);
        Ok(ListOrdersResponse {
            summaries: vec![summary(OrderStatus::Shipped)],
            next_page_token: String::new(),
        })
    });
    let browser = member(&shop, &["support"]);
    let filters = "number=K7M4-2Q9X-0&status=shipped&since=2026-11-30&until=2026-11-30";
    let page = browser
        .open(&format!("/staff/orders?email=ada%40example.com&{filters}"))
        .await;
    assert_eq!(page.status, 200, "{page:?}");
    let link = format!("href=\"/staff/orders/{ID}\"");
    for text in [&link, "K7M4-2Q9X-0", "value=\"2026-11-30\"", "Shipped"] {
        assert!(page.text.contains(text), "no {text:?} in {}", page.text);
    }
    let page = browser
        .open(&format!(
            "/staff/orders?email=nobody%40example.com&{filters}"
        ))
        .await;
    assert!(page.text.contains("No orders here"), "{}", page.text);
    shop.services.on(|_: ListOrdersRequest| {
        Err::<ListOrdersResponse, _>(refusal(
            Code::InvalidArgument,
            "VALIDATION_FAILED",
            "the number",
        ))
    });
    let path = "/staff/orders?number=K7M4-2Q9X-1&status=shipped";
    let page = browser.open(path).await;
    assert_eq!(page.status, 422);
    for text in ["value=\"K7M4-2Q9X-1\"", "value=\"shipped\" selected"] {
        assert!(page.text.contains(text), "no {text:?} in {}", page.text);
    }
    let page = browser.open("/staff/orders?since=yesterday").await;
    assert_eq!(page.status, 400);
    assert!(
        page.text.contains("<code>since</code> must be a date"),
        "{}",
        page.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_offers_what_its_status_and_the_groups_permit() {
    const SHIP: &str = "/shipment\"";
    const DELIVER: &str = "/delivery\"";
    const CANCEL: &str = "/cancellation\"";
    const REFUND: &str = "/refund\"";
    for (status, groups, offered) in [
        (
            OrderStatus::Confirmed,
            ["warehouse"].as_slice(),
            [SHIP].as_slice(),
        ),
        (OrderStatus::Confirmed, &["support"], &[CANCEL]),
        (OrderStatus::Confirmed, &["finance"], &[]),
        (
            OrderStatus::Shipped,
            &["warehouse", "finance"],
            &[DELIVER, REFUND],
        ),
        (OrderStatus::Delivered, &["support", "warehouse"], &[]),
        (
            OrderStatus::Cancelled,
            &["support", "warehouse", "finance"],
            &[],
        ),
    ] {
        let shop = shop_with_order(status).await;
        let page = member(&shop, groups)
            .open(&format!("/staff/orders/{ID}"))
            .await;
        assert_eq!(page.status, 200, "{page:?}");
        for action in [SHIP, DELIVER, CANCEL, REFUND] {
            let expected = offered.contains(&action);
            assert_eq!(
                page.text.contains(action),
                expected,
                "{status:?} {groups:?} {action}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_shows_its_way_through_the_system() {
    let shop = shop_with_order(OrderStatus::Pending).await;
    shop.services.on(|_: GetTimelineRequest| {
        let entry = |position, kind: &str| TimelineEntry {
            at: time(),
            service: "order".to_owned(),
            kind: kind.to_owned(),
            message: "for engineers".to_owned(),
            position,
        };
        Ok(GetTimelineResponse {
            entries: vec![entry(1, "placed"), entry(2, "stock_reserved")],
            status: OrderStatus::Pending.into(),
        })
    });
    let path = format!("/staff/orders/{ID}");
    let support = member(&shop, &["support"]);
    let fragment = format!("{path}/timeline");
    for path in [&path, &fragment] {
        let page = support.open(path).await;
        assert_eq!(page.status, 200, "{page:?}");
        let waits = "Stuck. Waits for payment: authorize, attempt 4, again at once";
        for text in ["catalog.reserve.v1", "catalog.stock_reserved.v1", waits] {
            assert!(page.text.contains(text), "no {text:?} in {}", page.text);
        }
    }
    // Only some groups may read sagas; others see what the timeline leaves open.
    let warehouse = member(&shop, &["warehouse"]);
    let page = warehouse.open(&path).await;
    for text in [">Waits for payment: authorize, attempt 1<", "data-part="] {
        assert!(page.text.contains(text), "no {text:?} in {}", page.text);
    }
    assert!(!page.text.contains("/sagas/"), "{}", page.text);
    // The diagram does not fail the page.
    shop.services
        .on(|_: GetSagaRequest| Err::<GetSagaResponse, _>(refusal(Code::Internal, "INTERNAL", "")));
    let page = support.open(&path).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("could not be read (internal)"),
        "{}",
        page.text
    );
    let page = member(&shop, &["catalog"]).open(&fragment).await;
    assert_eq!(page.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_shipped_with_its_tracking_number() {
    let shop = shop_with_order(OrderStatus::Confirmed).await;
    shop.services.on(|request: ShipOrderRequest| {
        assert_eq!(request.tracking_number, "TRACK 1");
        Ok(ShipOrderResponse {
            order: order(OrderStatus::Confirmed),
        })
    });
    let browser = member(&shop, &["warehouse"]);
    let path = format!("/staff/orders/{ID}");
    browser.open(&path).await;
    let fields = [("tracking_number", " TRACK 1 ")];
    let answer = browser.submit(&format!("{path}/shipment"), &fields).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), format!("{path}?notice=shipping"));

    shop.services.on(|_: ShipOrderRequest| {
        let reason = "ORDER_NOT_SHIPPABLE";
        Err::<ShipOrderResponse, _>(refusal(Code::FailedPrecondition, reason, "cancelled"))
    });
    let answer = browser.submit(&format!("{path}/shipment"), &fields).await;
    assert_eq!(
        answer.header("location"),
        format!("{path}?notice=order-changed")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_units_and_an_amount_is_requested_once_per_form() {
    let shop = shop_with_order(OrderStatus::Shipped).await;
    shop.services.on(|request: RequestRefundRequest| {
        assert_eq!(request.amount, eur(1_050));
        assert_eq!(request.lines.len(), 1);
        assert_eq!(
            (request.lines[0].sku.as_str(), request.lines[0].quantity),
            ("COFFEE-1", 1)
        );
        assert_eq!(request.reason, "arrived broken");
        assert!(!request.idempotency_key.is_empty());
        Ok(RequestRefundResponse {
            refund: Some(crate::samples::refund().unwrap()),
        })
    });
    let browser = member(&shop, &["finance"]);
    let path = format!("/staff/orders/{ID}/refund");
    let page = browser.open(&path).await;
    let (_, key) = page.text.split_once("name=\"key\" value=\"").unwrap();
    let (key, _) = key.split_once('"').unwrap();
    let mut fields = vec![
        ("key", key),
        ("units.COFFEE-1", "1"),
        ("amount", "ten"),
        ("reason", "arrived broken"),
    ];
    let page = browser.submit(&path, &fields).await;
    assert_eq!(page.status, 422);
    assert!(
        page.text.contains("The amount must be a number in EUR"),
        "{}",
        page.text
    );
    assert!(
        page.text.contains("value=\"arrived broken\""),
        "{}",
        page.text
    );
    // A form without a choice refunds nothing.
    let nothing = [("key", key), ("units.COFFEE-1", "0"), ("reason", "none")];
    let page = browser.submit(&path, &nothing).await;
    assert_eq!(page.status, 422);
    assert!(
        page.text.contains("choose to refund all that is left"),
        "{}",
        page.text
    );
    // Nor does one with both choices.
    let both = [("key", key), ("units.COFFEE-1", "1"), ("all", "yes")];
    let page = browser.submit(&path, &both).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("not both"), "{}", page.text);
    fields[2] = ("amount", "10.50");
    let answer = browser.submit(&path, &fields).await;
    assert_eq!(
        answer.header("location"),
        format!("/staff/orders/{ID}?notice=refunding")
    );
}

fn open_return() -> Option<Return> {
    let order = order(OrderStatus::Delivered)?;
    Some(Return {
        id: ID.to_owned(),
        order_id: OTHER_ID.to_owned(),
        customer_id: OTHER_ID.to_owned(),
        status: ReturnStatus::Requested.into(),
        reason: ReturnReason::Damaged.into(),
        lines: vec![LineUnits {
            sku: "COFFEE-1".to_owned(),
            quantity: 1,
        }],
        share: order.totals,
        created_at: time(),
        ..Return::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_is_approved_with_an_amount_or_refused() {
    let shop = shop().await;
    shop.services.on(|_: GetReturnRequest| {
        Ok(GetReturnResponse {
            order_return: open_return(),
        })
    });
    shop.services.on(|request: ApproveReturnRequest| {
        assert_eq!(request.amount, eur(500));
        assert_eq!(request.note, "Thank you");
        Ok(ApproveReturnResponse {
            order_return: open_return(),
        })
    });
    shop.services.on(|request: RefuseReturnRequest| {
        assert_eq!(request.note, "The seal is broken");
        Ok(RefuseReturnResponse {
            order_return: open_return(),
        })
    });
    let browser = member(&shop, &["support"]);
    let path = format!("/staff/returns/{ID}");
    let page = browser.open(&path).await;
    assert!(page.text.contains("It arrived damaged"), "{}", page.text);
    let fields = [("amount", "5,00"), ("note", "Thank you")];
    let answer = browser.submit(&format!("{path}/approval"), &fields).await;
    assert_eq!(
        answer.header("location"),
        "/staff/returns?notice=return-approved"
    );
    let fields = [("amount", ""), ("note", "The seal is broken")];
    let answer = browser.submit(&format!("{path}/refusal"), &fields).await;
    assert_eq!(
        answer.header("location"),
        "/staff/returns?notice=return-refused"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_a_member_may_not_read_is_not_said_to_be_missing() {
    let shop = shop_with_order(OrderStatus::Confirmed).await;
    shop.services.on(|_: GetPaymentRequest| {
        Err::<GetPaymentResponse, _>(refusal(Code::PermissionDenied, "FORBIDDEN", "not yours"))
    });
    let path = format!("/staff/orders/{ID}");
    let page = member(&shop, &["warehouse"]).open(&path).await.text;
    assert!(page.contains("Support and finance read payments"), "{page}");
    assert!(!page.contains("There is no payment"), "{page}");
    assert!(!page.contains("could not be read"), "{page}");
    shop.services
        .on(|_: GetPaymentRequest| Err::<GetPaymentResponse, _>(Status::unavailable("stopped")));
    let page = member(&shop, &["support"]).open(&path).await.text;
    assert!(page.contains("The payment could not be read"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_a_service_rejects_is_shown_and_does_not_lead_back_and_forth() {
    let shop = shop().await;
    shop.services.on(|_: ListOrdersRequest| {
        Err::<ListOrdersResponse, _>(refusal(
            Code::Unauthenticated,
            "TOKEN_INVALID",
            "unknown key",
        ))
    });
    let page = member(&shop, &["support"]).open("/staff/orders").await;
    assert_eq!(page.status, 401, "{page:?}");
}
