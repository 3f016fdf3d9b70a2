//! Discount codes, managed by staff.

use contracts::order::v1::*;
use prost_types::Timestamp;
use tonic::{Code, Status};

use crate::support::{App, fields, reason};

fn terms() -> DiscountTerms {
    DiscountTerms {
        basis_points: 1_500,
        valid_from: Some(Timestamp {
            seconds: 1_767_225_600,
            nanos: 0,
        }),
        max_uses: Some(10),
        ..DiscountTerms::default()
    }
}

impl App {
    async fn create(&mut self, code: &str, terms: DiscountTerms) -> Result<Discount, Status> {
        let request = self.staff().request(CreateDiscountRequest {
            code: code.to_owned(),
            terms: Some(terms),
            reason: "spring campaign".to_owned(),
        });
        let created = self.discounts.create_discount(request).await?;
        Ok(created.into_inner().discount.unwrap())
    }

    async fn update(
        &mut self,
        code: &str,
        terms: DiscountTerms,
        version: i64,
    ) -> Result<Discount, Status> {
        let request = self.staff().request(UpdateDiscountRequest {
            code: code.to_owned(),
            terms: Some(terms),
            version,
            reason: "more of it".to_owned(),
        });
        let changed = self.discounts.update_discount(request).await?;
        Ok(changed.into_inner().discount.unwrap())
    }

    async fn end(&mut self, code: &str) -> Result<Discount, Status> {
        let request = self.staff().request(EndDiscountRequest {
            code: code.to_owned(),
            reason: "leaked".to_owned(),
        });
        let ended = self.discounts.end_discount(request).await?;
        Ok(ended.into_inner().discount.unwrap())
    }

    async fn listed(&mut self, page_token: &str) -> (Vec<String>, String) {
        let request = self.staff().request(ListDiscountsRequest {
            page_size: 2,
            page_token: page_token.to_owned(),
        });
        let page = self.discounts.list_discounts(request).await.unwrap();
        let page = page.into_inner();
        let codes = page.discounts.into_iter().map(|discount| discount.code);
        (codes.collect(), page.next_page_token)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_created_changed_and_ended_and_each_change_is_on_record() {
    let mut app = App::start().await;
    let created = app.create(" spring-26 ", terms()).await.unwrap();
    assert_eq!((created.code.as_str(), created.version), ("SPRING-26", 1));
    assert_eq!(created.terms, Some(terms()));
    let exists = app.create("SPRING-26", terms()).await.unwrap_err();
    assert_eq!(reason(&exists), "DISCOUNT_EXISTS");

    let more = DiscountTerms {
        max_uses: Some(20),
        ..terms()
    };
    let stale = app.update("SPRING-26", more.clone(), 0).await.unwrap_err();
    assert_eq!(reason(&stale), "DISCOUNT_CHANGED");
    let changed = app.update("spring-26", more.clone(), 1).await.unwrap();
    assert_eq!((changed.terms, changed.version), (Some(more.clone()), 2));

    let ended = app.end("SPRING-26").await.unwrap();
    assert!(ended.ended_at.is_some());
    assert_eq!(app.end("SPRING-26").await.unwrap(), ended);
    let over = app.update("SPRING-26", more, 3).await.unwrap_err();
    assert_eq!(reason(&over), "DISCOUNT_ENDED");

    // What was refused, and the second end, changed nothing and left no record.
    for (kind, change) in [
        (
            "discount.create",
            "before IS NULL AND after ->> 'max_uses' = '10'",
        ),
        (
            "discount.change",
            "before ->> 'max_uses' = '10' AND after ->> 'max_uses' = '20'",
        ),
        (
            "discount.end",
            "before ->> 'ended_at' IS NULL AND after ->> 'ended_at' IS NOT NULL",
        ),
    ] {
        let recorded = format!("kind = '{kind}' AND subject = 'SPRING-26' AND {change}");
        assert_eq!(app.rows("operator_actions", &recorded).await, 1, "{kind}");
    }
    assert_eq!(app.rows("operator_actions", "true").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_listed_page_by_page() {
    let mut app = App::start().await;
    for code in ["AAAA", "BBBB"] {
        app.create(code, terms()).await.unwrap();
    }
    let (first, token) = app.listed("").await;
    assert_eq!(first, ["AAAA", "BBBB"]);
    let (second, end) = app.listed(&token).await;
    assert_eq!((second, end.as_str()), (vec!["WELCOME10".to_owned()], ""));
    let request = app.staff().request(ListDiscountsRequest {
        page_size: 2,
        page_token: "AAAA".to_owned(),
    });
    let refused = app.discounts.list_discounts(request).await.unwrap_err();
    assert_eq!(reason(&refused), "PAGE_TOKEN_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_for_staff_and_their_fields_are_checked() {
    let mut app = App::start().await;
    let request = app.customer().request(ListDiscountsRequest::default());
    let refused = app.discounts.list_discounts(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let request = app.staff().request(GetDiscountRequest {
        code: "NOSUCH".to_owned(),
    });
    let refused = app.discounts.get_discount(request).await.unwrap_err();
    assert_eq!(reason(&refused), "DISCOUNT_NOT_FOUND");
    let wrong = DiscountTerms {
        basis_points: 0,
        max_uses: Some(0),
        ..terms()
    };
    let refused = app.create("A/B", wrong).await.unwrap_err();
    assert_eq!(fields(&refused), ["code", "basis_points", "max_uses"]);
    let request = app.staff().request(EndDiscountRequest {
        code: "WELCOME10".to_owned(),
        reason: String::new(),
    });
    let refused = app.discounts.end_discount(request).await.unwrap_err();
    assert_eq!(fields(&refused), ["reason"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fewer_uses_than_a_code_has_are_refused() {
    let mut app = App::start().await;
    app.create("SPRING-26", terms()).await.unwrap();
    app.sql("UPDATE discount_codes SET uses = 5 WHERE code = 'SPRING-26'")
        .await;
    let fewer = DiscountTerms {
        max_uses: Some(4),
        ..terms()
    };
    let refused = app.update("SPRING-26", fewer, 1).await.unwrap_err();
    assert_eq!(fields(&refused), ["max_uses"]);
}
