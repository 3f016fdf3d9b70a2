//! The page of an order, its stream, and what its customer can do.

use contracts::{catalog::v1::*, order::v1::*, payment::v1::*};
use tonic::{Code, Status};

use super::browser::{Browser, shop, shop_with};
use crate::{
    samples::{ID, OTHER_ID, next_action, order, payment, refusal, time},
    shop::{Answer, Shop},
};

fn path() -> String {
    format!("/orders/{ID}")
}

fn customer(shop: &Shop) -> Browser<'_> {
    Browser::new(shop).with("access", &shop.customer.1)
}

/// An order, in all services, changed as a test needs it.
fn serve(shop: &Shop, status: OrderStatus, change: impl Fn(&mut Order) + Send + Sync + 'static) {
    let services = &shop.services;
    services.on(move |_: GetOrderRequest| {
        let order = order(status).map(|mut order| {
            order.refunds.clear();
            change(&mut order);
            order
        });
        Ok(GetOrderResponse { order })
    });
    services.on(|_: GetPaymentRequest| Ok(GetPaymentResponse { payment: payment() }));
    services.on(|_: ListOrderReturnsRequest| Ok(ListOrderReturnsResponse::default()));
    services.on(|_: BatchGetOffersRequest| Ok(BatchGetOffersResponse::default()));
    timeline(shop, &[("placed", "Order placed")]);
}

fn timeline(shop: &Shop, entries: &[(&str, &str)]) {
    let entries: Vec<_> = (1..)
        .zip(entries)
        .map(|(position, (kind, message))| TimelineEntry {
            at: time(),
            service: "order".to_owned(),
            kind: (*kind).to_owned(),
            message: (*message).to_owned(),
            position,
        })
        .collect();
    shop.services.on(move |request: GetTimelineRequest| {
        let after = usize::try_from(request.after).unwrap();
        Ok(GetTimelineResponse {
            entries: entries.iter().skip(after).cloned().collect(),
            status: OrderStatus::Rejected.into(),
        })
    });
}

async fn show(shop: &Shop) -> Answer {
    let answer = customer(shop).open(&path()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

#[track_caller]
fn has(answer: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(answer.text.contains(text), "no {text:?} in {}", answer.text);
    }
}

#[track_caller]
fn has_not(answer: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(!answer.text.contains(text), "{text:?} in {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_order_says_what_happens_and_reloads_without_scripts() {
    let shop = shop().await;
    serve(&shop, OrderStatus::Pending, |_| ());
    let page = show(&shop).await;
    has(
        &page,
        &[
            "K7M4-2Q9X-0",
            "We are processing your order.",
            "<noscript><meta http-equiv=\"refresh\"",
            &format!("data-live=\"/orders/{ID}/events?after=1\""),
            "We received your order",
            "Your bank approves the payment",
            "Cancel the order",
            "\u{20ac}36.74",
            "Germany",
        ],
    );
    assert!(
        page.header("cache-control").contains("no-store"),
        "{page:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_payment_is_explained_without_its_code() {
    let shop = shop().await;
    serve(&shop, OrderStatus::Rejected, |order| {
        order.reason = "payment_declined".to_owned();
    });
    shop.services.on(|_: GetPaymentRequest| {
        let payment = payment().map(|mut payment| {
            payment.decline_reason = "insufficient_funds".to_owned();
            payment.decline_code = "stolen_card".to_owned();
            payment
        });
        Ok(GetPaymentResponse { payment })
    });
    timeline(
        &shop,
        &[
            ("placed", "Order placed"),
            ("payment_declined", "Payment declined: do not honor"),
            ("asked_by_operator", "An operator requested the void again"),
            ("stock_released", "Stock released"),
            ("rejected", "Order rejected: payment declined"),
        ],
    );
    let page = show(&shop).await;
    has(
        &page,
        &[
            "Your bank declined the payment.",
            "There is not enough money available on this card.",
            "your items are back in your cart",
            "href=\"/checkout\"",
            "Try another card",
        ],
    );
    has_not(
        &page,
        &[
            "stolen",
            "do not honor",
            "operator",
            "insufficient_funds",
            "http-equiv=\"refresh\"",
            "data-live=",
            "Cancel the order",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_links_to_the_bank_and_does_not_reload() {
    let shop = shop().await;
    serve(&shop, OrderStatus::Pending, |order| {
        order.next_action = next_action();
    });
    let page = show(&shop).await;
    has(
        &page,
        &[
            "Your bank asks you to confirm this payment.",
            "href=\"https://hooks.stripe.com/3d_secure_2/authenticate\"",
            "Confirm with your bank",
            "Waiting for you",
        ],
    );
    has_not(&page, &["http-equiv=\"refresh\""]);
    serve(&shop, OrderStatus::Pending, |order| {
        order.next_action = next_action().map(|mut action| {
            action.redirect_url = "javascript:alert(1)".to_owned();
            action
        });
    });
    has_not(&show(&shop).await, &["javascript:"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bank_sends_the_customer_back_to_the_order_without_its_secrets() {
    let shop = shop().await;
    serve(&shop, OrderStatus::Confirmed, |_| ());
    let query =
        "payment_intent=pi_1&payment_intent_client_secret=pi_1_secret_2&redirect_status=succeeded";
    let back = format!("{}?{query}", path());
    let page = customer(&shop).open(&back).await;
    assert_eq!(page.status, 200, "{page:?}");
    has(&page, &["Thank you. Your order is confirmed."]);
    has_not(&page, &["pi_1", "secret_2", "redirect_status"]);
    let guest = Browser::new(&shop).open(&back).await;
    assert_eq!(guest.status, 303);
    let sign_in = format!("/sign-in?next=%2Forders%2F{ID}");
    assert_eq!(guest.header("location"), sign_in);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sold_out_is_named() {
    let shop = shop().await;
    serve(&shop, OrderStatus::Rejected, |order| {
        order.reason = "out_of_stock".to_owned();
    });
    timeline(
        &shop,
        &[(
            "stock_refused",
            "Not enough stock: 2 of COFFEE-1 wanted, 1 left",
        )],
    );
    let page = show(&shop).await;
    has(
        &page,
        &[
            "not enough units left of: Coffee One.",
            "Go to your cart",
            "href=\"/cart\"",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_others_does_not_exist() {
    let shop = shop().await;
    serve(&shop, OrderStatus::Confirmed, |_| ());
    shop.services.on(|_: GetOrderRequest| {
        let unknown = refusal(Code::NotFound, "ORDER_NOT_FOUND", "there is no such order");
        Err::<GetOrderResponse, _>(unknown)
    });
    shop.services.on(|_: GetTimelineRequest| {
        let unknown = refusal(Code::NotFound, "ORDER_NOT_FOUND", "there is no such order");
        Err::<GetTimelineResponse, _>(unknown)
    });
    let browser = customer(&shop);
    for path in [
        path(),
        format!("{}/returns", path()),
        format!("{}/events", path()),
    ] {
        let answer = browser.open(&path).await;
        assert_eq!(answer.status, 404, "{path} {answer:?}");
        has(&answer, &["We could not find this order"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_fails_is_named_and_the_rest_is_shown() {
    let shop = shop().await;
    serve(&shop, OrderStatus::Confirmed, |_| ());
    let services = &shop.services;
    services.on(|_: GetPaymentRequest| Err::<GetPaymentResponse, _>(Status::unavailable("")));
    services.on(|_: GetTimelineRequest| Err::<GetTimelineResponse, _>(Status::internal("")));
    let page = show(&shop).await;
    has(
        &page,
        &[
            "could not be loaded right now: the state of the payment, what happened so far",
            "Coffee One",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shipped_order_prints_as_an_invoice() {
    let shop = shop_with(|source| {
        source
            .set("pages.seller_name", "Mercantile Ltd.")
            .set("pages.seller_address", "Road 1, 10117 Berlin")
    })
    .await;
    serve(&shop, OrderStatus::Shipped, |order| {
        order.tracking_number = "JD014600003828".to_owned();
    });
    let page = show(&shop).await;
    has(
        &page,
        &[
            "Invoice for order",
            "Mercantile Ltd.",
            "Road 1",
            "JD014600003828",
            "<dt>Tax</dt>",
            "Return something",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_is_asked_for_once() {
    let shop = shop().await;
    serve(&shop, OrderStatus::Confirmed, |_| ());
    shop.services.on(|_: CancelOrderRequest| {
        let order = order(OrderStatus::Confirmed);
        Ok(CancelOrderResponse { order })
    });
    let browser = customer(&shop);
    browser.open(&path()).await;
    let cancellation = format!("{}/cancellation", path());
    let answer = browser.submit(&cancellation, &[]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let location = format!("{}?notice=cancel-requested", path());
    assert_eq!(answer.header("location"), location);
    has(
        &browser.open(&location).await,
        &["We are canceling your order."],
    );
    shop.services.on(|_: CancelOrderRequest| {
        let late = refusal(Code::FailedPrecondition, "ORDER_NOT_CANCELLABLE", "no");
        Err::<CancelOrderResponse, _>(late)
    });
    let answer = browser.submit(&cancellation, &[]).await;
    has(
        &browser.open(answer.header("location")).await,
        &["cannot be canceled any more"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_of_a_page_uses_the_cookie_and_has_no_words() {
    let shop = shop().await;
    serve(&shop, OrderStatus::Rejected, |_| ());
    timeline(
        &shop,
        &[
            ("placed", "Order placed"),
            ("payment_declined", "Payment declined: do not honor"),
        ],
    );
    let events = format!("{}/events?after=1", path());
    let browser = customer(&shop);
    let request = browser
        .request("GET", &events)
        .header("accept-encoding", "gzip");
    let answer = browser.send(request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_ne!(answer.header("content-encoding"), "gzip");
    assert_eq!(
        answer.text,
        "id: 2\ndata: 2\n\nevent: end\ndata: {\"status\":\"rejected\"}\n\n"
    );
    let request = shop.request("GET", &events).bearer_auth(&shop.customer.1);
    let answer = Answer::of(request).await;
    assert_eq!(
        answer.status, 303,
        "a page ignores Authorization: {answer:?}"
    );
}

fn sample_return(status: ReturnStatus) -> Return {
    Return {
        id: OTHER_ID.to_owned(),
        order_id: ID.to_owned(),
        customer_id: OTHER_ID.to_owned(),
        status: status.into(),
        reason: ReturnReason::Damaged.into(),
        lines: vec![LineUnits {
            sku: "COFFEE-1".to_owned(),
            quantity: 1,
        }],
        share: order(OrderStatus::Shipped).unwrap().totals,
        decision_note: "The seal is broken".to_owned(),
        created_at: time(),
        ..Return::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_is_asked_for_by_units() {
    let shop = shop().await;
    serve(&shop, OrderStatus::Delivered, |_| ());
    shop.services.on(|_: ListOrderReturnsRequest| {
        Ok(ListOrderReturnsResponse {
            returns: vec![sample_return(ReturnStatus::Requested)],
        })
    });
    shop.services.on(|request: RequestReturnRequest| {
        assert_eq!(request.idempotency_key, "a-key");
        assert_eq!(request.lines.len(), 1);
        assert_eq!(request.reason(), ReturnReason::Damaged);
        Ok(RequestReturnResponse {
            order_return: Some(sample_return(ReturnStatus::Requested)),
        })
    });
    let browser = customer(&shop);
    let returns = format!("{}/returns", path());
    let form = browser.open(&returns).await;
    has(
        &form,
        &["Coffee One", "max=\"1\"", "of 1 that can be returned"],
    );
    let fields = [
        ("key", "a-key"),
        ("units.COFFEE-1", "1"),
        ("reason", "damaged"),
        ("note", ""),
    ];
    let answer = browser.submit(&returns, &fields).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let wrong = [
        ("key", "a-key"),
        ("units.COFFEE-1", "0"),
        ("reason", "other"),
    ];
    let answer = browser.submit(&returns, &wrong).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    has(
        &answer,
        &["Choose how many units you return", "Say why you return it"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn returns_are_on_the_page_and_an_open_one_can_be_withdrawn() {
    let shop = shop().await;
    serve(&shop, OrderStatus::Delivered, |_| ());
    shop.services.on(|_: ListOrderReturnsRequest| {
        Ok(ListOrderReturnsResponse {
            returns: vec![
                sample_return(ReturnStatus::Refused),
                sample_return(ReturnStatus::Requested),
            ],
        })
    });
    shop.services.on(|_: WithdrawReturnRequest| {
        Ok(WithdrawReturnResponse {
            order_return: Some(sample_return(ReturnStatus::Withdrawn)),
        })
    });
    let browser = customer(&shop);
    let page = browser.open(&path()).await;
    has(
        &page,
        &[
            "1 \u{d7} Coffee One",
            "Not accepted",
            "Our answer: The seal is broken",
            "We are looking at it",
        ],
    );
    let withdrawal = format!("{}/returns/{OTHER_ID}/withdrawal", path());
    has(&page, &[&withdrawal]);
    let answer = browser.submit(&withdrawal, &[]).await;
    assert_eq!(
        answer.header("location"),
        format!("{}?notice=return-withdrawn", path())
    );
}
