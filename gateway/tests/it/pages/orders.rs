//! The list of the customer's orders.

use contracts::order::v1::*;

use super::browser::{Browser, shop};
use crate::samples::{ID, summary};

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_listed_with_their_status_and_pages() {
    let shop = shop().await;
    shop.services.on(|request: ListOrdersRequest| {
        assert!(!request.all_customers);
        Ok(ListOrdersResponse {
            summaries: vec![
                OrderSummary {
                    action_required: true,
                    ..summary(OrderStatus::Pending)
                },
                summary(OrderStatus::Shipped),
            ],
            next_page_token: match request.page_token.as_str() {
                "" => "a token&".to_owned(),
                _ => String::new(),
            },
        })
    });
    let browser = Browser::new(&shop).with("access", &shop.customer.1);
    let page = browser.open("/orders?status=shipped").await;
    assert_eq!(page.status, 200, "{page:?}");
    for text in [
        "K7M4-2Q9X-0",
        &format!("href=\"/orders/{ID}\""),
        "Waiting for you",
        "On its way",
        "2 items",
        "\u{20ac}25.98",
        "Older orders",
        "status=shipped&#38;page_token=a+token%26",
    ] {
        assert!(page.text.contains(text), "no {text:?} in {}", page.text);
    }
    let last = browser.open("/orders?page_token=a+token%26").await;
    assert!(last.text.contains("Newest orders"), "{}", last.text);
    assert!(!last.text.contains("Older orders"), "{}", last.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_without_orders_is_led_to_the_shop() {
    let shop = shop().await;
    shop.services
        .on(|_: ListOrdersRequest| Ok(ListOrdersResponse::default()));
    let browser = Browser::new(&shop).with("access", &shop.customer.1);
    let page = browser.open("/orders").await;
    assert!(page.text.contains("You have not ordered anything yet"));
    let page = browser.open("/orders?status=rejected").await;
    assert!(page.text.contains("Show all orders"), "{}", page.text);
}
