use contracts::user::v1::*;
use serde_json::{Value, json};
use tonic::Code;

use crate::{
    samples::{ID, OTHER_ID, customer, refusal},
    shop::Shop,
};

fn customer_json() -> Value {
    json!({
        "id": ID, "email": "ada@example.com", "display_name": "Ada",
        "created_at": "2026-11-18T11:06:40.500Z", "email_verified": true,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_find_customers_by_the_beginning_of_their_address() {
    let shop = Shop::open().await;
    shop.services.on(|request: ListCustomersRequest| {
        let expected = ListCustomersRequest {
            page_size: 10,
            page_token: "page-2".to_owned(),
            email: "ada@".to_owned(),
        };
        assert_eq!(request, expected);
        Ok(ListCustomersResponse {
            customers: vec![customer()],
            next_page_token: "page-3".to_owned(),
        })
    });
    let path = "/api/v1/staff/customers?email=ada%40&page_size=10&page_token=page-2";
    let listed = shop.as_staff("GET", path, Value::Null).await;
    let expected = json!({"items": [customer_json()], "next_page_token": "page-3"});
    assert_eq!(listed.expect(200), expected);
    let link = listed.header("link");
    let next =
        "</api/v1/staff/customers?email=ada%40&page_size=10&page_token=page-3>; rel=\"next\"";
    assert!(link.ends_with(next), "{link}");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_read_a_customer() {
    let shop = Shop::open().await;
    shop.services
        .on(|request: GetCustomerRequest| match request.id.as_str() {
            ID => Ok(GetCustomerResponse {
                customer: Some(customer()),
                open_sessions: 2,
            }),
            _ => Err(refusal(Code::NotFound, "CUSTOMER_NOT_FOUND", "none")),
        });
    let path = |id: &str| format!("/api/v1/staff/customers/{id}");
    let read = shop.as_staff("GET", &path(ID), Value::Null).await;
    let mut expected = customer_json();
    expected["open_sessions"] = json!(2);
    assert_eq!(read.expect(200), expected);
    let nobody = shop.as_staff("GET", &path(OTHER_ID), Value::Null).await;
    nobody.problem(404, "customer-not-found");
}
