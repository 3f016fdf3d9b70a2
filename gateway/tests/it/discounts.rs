use contracts::order::v1::*;
use serde_json::{Value, json};
use tonic::Code;

use crate::{
    samples::{eur, refusal, time},
    shop::Shop,
};

const ALL: &str = "/api/v1/staff/discounts";

fn discount(uses: u32) -> Discount {
    Discount {
        code: "SPRING-26".to_owned(),
        terms: Some(DiscountTerms {
            basis_points: 1_000,
            minimum: eur(2_000),
            valid_from: time(),
            valid_until: None,
            max_uses: Some(500),
            max_uses_per_customer: None,
        }),
        uses,
        ended_at: None,
        version: 1,
    }
}

fn document(uses: u32) -> Value {
    json!({
        "code": "SPRING-26", "basis_points": 1000,
        "minimum": {"minor_units": 2000, "currency": "EUR"},
        "valid_from": "2026-11-18T11:06:40.500Z", "max_uses": 500, "uses": uses, "version": 1,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_list_and_read_discount_codes() {
    let shop = Shop::open().await;
    shop.services.on(|request: ListDiscountsRequest| {
        let sent = (request.page_size, request.page_token.as_str());
        assert_eq!(sent, (5, "page-2"));
        Ok(ListDiscountsResponse {
            discounts: vec![discount(3)],
            next_page_token: "page-3".to_owned(),
        })
    });
    shop.services.on(|request: GetDiscountRequest| {
        assert_eq!(request.code, "spring-26");
        Ok(GetDiscountResponse {
            discount: Some(discount(4)),
        })
    });
    let path = format!("{ALL}?page_size=5&page_token=page-2");
    let page = shop.as_staff("GET", &path, Value::Null).await;
    let expected = json!({"items": [document(3)], "next_page_token": "page-3"});
    assert_eq!(page.expect(200), expected);
    let path = format!("{ALL}/spring-26");
    let one = shop.as_staff("GET", &path, Value::Null).await;
    assert_eq!(one.expect(200), document(4));
    let refused = shop.as_customer("GET", &path, Value::Null).await;
    refused.problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_create_change_and_end_a_discount_code() {
    let shop = Shop::open().await;
    shop.services.on(|request: CreateDiscountRequest| {
        assert_eq!(request.terms, discount(0).terms);
        assert_eq!(request.reason, "spring");
        Ok(CreateDiscountResponse {
            discount: Some(discount(0)),
        })
    });
    shop.services.on(|_: GetDiscountRequest| {
        Ok(GetDiscountResponse {
            discount: Some(discount(0)),
        })
    });
    shop.services.on(|request: UpdateDiscountRequest| {
        assert_eq!((request.code.as_str(), request.version), ("SPRING-26", 1));
        let terms = request.terms.unwrap();
        assert_eq!((terms.basis_points, terms.max_uses), (500, None));
        assert_eq!(terms.valid_from, discount(0).terms.unwrap().valid_from);
        let message = "the discount code has changed: its version is 2";
        Err::<UpdateDiscountResponse, _>(refusal(Code::Aborted, "DISCOUNT_CHANGED", message))
    });
    shop.services.on(|request: EndDiscountRequest| {
        assert_eq!(request.reason, "leaked");
        Ok(EndDiscountResponse {
            discount: Some(Discount {
                ended_at: time(),
                ..discount(9)
            }),
        })
    });
    let mut body = document(0);
    let fields = body.as_object_mut().unwrap();
    fields.remove("uses");
    fields.remove("version");
    fields.insert("reason".to_owned(), json!("spring"));
    let created = shop.as_staff("POST", ALL, body).await;
    assert_eq!(created.header("location"), format!("{ALL}/SPRING-26"));
    assert_eq!(created.expect(201), document(0));

    let path = format!("{ALL}/SPRING-26");
    let change = json!({"basis_points": 500, "max_uses": null, "reason": "less"});
    let changed = shop.change(&path, "\"1\"", change).await;
    changed.problem(412, "discount-changed");

    let path = format!("{ALL}/SPRING-26/end");
    let ended = shop
        .as_staff("POST", &path, json!({"reason": "leaked"}))
        .await;
    assert_eq!(ended.expect(200)["ended_at"], "2026-11-18T11:06:40.500Z");
}
