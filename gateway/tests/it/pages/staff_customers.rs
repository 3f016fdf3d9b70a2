//! Staff find customers, and see their orders.

use contracts::order::v1::*;
use contracts::user::v1::*;
use kernel::UserId;
use tonic::Code;

use super::browser::{Browser, shop};
use crate::samples::{ID, OTHER_ID, customer, refusal, summary};

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_found_by_the_beginning_of_their_address() {
    let shop = shop().await;
    shop.services.on(|request: ListCustomersRequest| {
        if request.email == "\u{e4}" {
            let invalid = refusal(Code::InvalidArgument, "VALIDATION_FAILED", "email");
            return Err(invalid);
        }
        assert_eq!(request.email, "ada@");
        Ok(ListCustomersResponse {
            customers: vec![customer()],
            next_page_token: match request.page_token.as_str() {
                "" => "next".to_owned(),
                _ => String::new(),
            },
        })
    });
    let browser = Browser::new(&shop).with("staff-access", &shop.staff);
    let page = browser.open("/staff/customers?email=ada%40").await;
    assert_eq!(page.status, 200, "{page:?}");
    for text in [
        &format!("href=\"/staff/customers/{ID}\""),
        "ada@example.com",
        "value=\"ada@\"",
        "email=ada%40&#38;page_token=next",
    ] {
        assert!(page.text.contains(text), "no {text:?} in {}", page.text);
    }
    let last = browser
        .open("/staff/customers?email=ada%40&page_token=next")
        .await;
    assert!(last.text.contains("Newest customers"), "{}", last.text);
    assert!(!last.text.contains("Older customers"), "{}", last.text);
    let refused = browser.open("/staff/customers?email=%C3%A4").await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(
        refused.text.contains("value=\"\u{e4}\""),
        "{}",
        refused.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_shown_with_their_orders() {
    let shop = shop().await;
    shop.services
        .on(|request: GetCustomerRequest| match request.id.as_str() {
            ID => Ok(GetCustomerResponse {
                customer: Some(Customer {
                    display_name: "<b>Ada".to_owned(),
                    ..customer()
                }),
                open_sessions: 2,
            }),
            _ => Err(refusal(Code::NotFound, "CUSTOMER_NOT_FOUND", "none")),
        });
    shop.services.on(|request: ListOrdersRequest| {
        assert!(request.all_customers);
        assert!([ID, OTHER_ID].contains(&request.customer_id.as_str()));
        Ok(ListOrdersResponse {
            summaries: vec![summary(OrderStatus::Shipped)],
            next_page_token: "more".to_owned(),
        })
    });
    let browser = Browser::new(&shop).with("staff-access", &shop.staff);
    let page = browser.open(&format!("/staff/customers/{ID}")).await;
    assert_eq!(page.status, 200, "{page:?}");
    for text in [
        "&#60;b&#62;Ada",
        "2 devices",
        &format!("href=\"/staff/orders/{ID}\""),
        "href=\"/staff/orders?email=ada%40example.com\"",
    ] {
        assert!(page.text.contains(text), "no {text:?} in {}", page.text);
    }
    let nobody = browser.open(&format!("/staff/customers/{OTHER_ID}")).await;
    assert_eq!(nobody.status, 404, "{nobody:?}");
    assert!(
        nobody.text.contains("Customer not found"),
        "{}",
        nobody.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_support_and_finance_see_customers() {
    let shop = shop().await;
    for (group, status) in [
        ("support", 500),
        ("finance", 500),
        ("warehouse", 403),
        ("admin", 403),
    ] {
        let token = shop.issuer.staff_token(UserId::generate(), &[group]);
        let page = Browser::new(&shop).with("staff-access", &token);
        let page = page.open("/staff/customers").await;
        assert_eq!(page.status == 403, status == 403, "{group}: {page:?}");
    }
}
