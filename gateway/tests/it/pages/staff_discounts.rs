//! Discount codes in the console.

use contracts::order::v1::*;
use prost_types::Timestamp;
use tonic::{Code, Status};

use super::browser::{member, shop, shows};
use crate::{
    samples::{eur, refusal, time},
    shop::Shop,
};

const PATH: &str = "/staff/discounts/SPRING-26";
/// The fields of the sample as the form has them.
const FIELDS: [(&str, &str); 9] = [
    ("percent", "10"),
    ("minimum", "20.00"),
    ("currency", "EUR"),
    ("valid_from", "2026-11-18T11:06:40"),
    ("valid_until", ""),
    ("max_uses", "500"),
    ("max_uses_per_customer", ""),
    ("reason", "spring"),
    ("version", "1"),
];

fn discount(version: i64, basis_points: u32) -> Option<Discount> {
    Some(Discount {
        code: "SPRING-26".to_owned(),
        terms: Some(DiscountTerms {
            basis_points,
            minimum: eur(2_000),
            valid_from: time(),
            valid_until: None,
            max_uses: Some(500),
            max_uses_per_customer: None,
        }),
        uses: 117,
        ended_at: None,
        version,
    })
}

async fn shop_with_discount(version: i64, basis_points: u32) -> Shop {
    let shop = shop().await;
    shop.services.on(move |request: GetDiscountRequest| {
        assert_eq!(request.code, "SPRING-26");
        Ok(GetDiscountResponse {
            discount: discount(version, basis_points),
        })
    });
    shop
}

fn with<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = FIELDS
        .iter()
        .filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    kept.chain(changed).copied().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_listed_with_their_state_and_uses() {
    let shop = shop().await;
    shop.services.on(|_: ListDiscountsRequest| {
        let ended = discount(2, 1_250).map(|ended| Discount {
            ended_at: time(),
            ..ended
        });
        Ok(ListDiscountsResponse {
            discounts: discount(1, 1_000).into_iter().chain(ended).collect(),
            next_page_token: "page-2".to_owned(),
        })
    });
    let browser = member(&shop, &["support"]);
    let page = browser.open("/staff/discounts?notice=discount-saved").await;
    // What has just happened is not repeated on the next page.
    assert!(
        page.text
            .contains("href=\"/staff/discounts?page_token=page-2\""),
        "{}",
        page.text
    );
    let texts = [
        PATH,
        "10 %",
        "12.5 %",
        "\u{20ac}20.00",
        "117 of 500",
        "Ended",
        "/staff/discounts?page_token=page-2",
    ];
    shows(&page, 200, &texts);
    assert!(!page.text.contains("New code"), "{}", page.text);
    let page = member(&shop, &["finance"]).open("/staff/discounts").await;
    shows(&page, 403, &["support, catalog"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_added_with_its_terms() {
    let shop = shop().await;
    shop.services.on(|request: CreateDiscountRequest| {
        assert_eq!(
            (request.code.as_str(), request.reason.as_str()),
            ("SPRING-26", "spring")
        );
        let whole_second = time().map(|time| Timestamp { nanos: 0, ..time });
        let expected = DiscountTerms {
            basis_points: 1_250,
            minimum: eur(2_000),
            valid_from: whole_second,
            valid_until: None,
            max_uses: Some(500),
            max_uses_per_customer: None,
        };
        assert_eq!(request.terms, Some(expected));
        Ok(CreateDiscountResponse {
            discount: discount(1, 1_250),
        })
    });
    let browser = member(&shop, &["catalog"]);
    browser.open("/staff/discounts/new").await;
    let new = [("code", "SPRING-26"), ("percent", "12.5")];
    let answer = browser.submit("/staff/discounts", &with(&new)).await;
    let added = "/staff/discounts?notice=discount-added";
    assert_eq!((answer.status, answer.header("location")), (303, added));

    let new = [
        ("code", "SPRING-26"),
        ("percent", "0"),
        ("minimum", "20.005"),
    ];
    let page = browser.submit("/staff/discounts", &with(&new)).await;
    let texts = [
        "id=\"percent-error\"",
        "id=\"minimum-error\"",
        "value=\"20.005\"",
        "value=\"SPRING-26\"",
        "value=\"spring\"",
    ];
    shows(&page, 422, &texts);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_keeps_the_moment_that_was_not_changed() {
    let shop = shop_with_discount(1, 1_000).await;
    shop.services.on(|request: UpdateDiscountRequest| {
        let terms = request.terms.unwrap();
        assert_eq!((request.version, terms.basis_points), (1, 500));
        assert_eq!((terms.valid_from, terms.max_uses), (time(), None));
        Ok(UpdateDiscountResponse {
            discount: discount(2, 500),
        })
    });
    let browser = member(&shop, &["catalog"]);
    let page = browser.open(PATH).await;
    shows(
        &page,
        200,
        &["value=\"2026-11-18T11:06:40\"", "value=\"20.00\""],
    );
    let change = [("percent", "5"), ("max_uses", "")];
    let answer = browser.submit(PATH, &with(&change)).await;
    let saved = format!("{PATH}?notice=discount-saved");
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, saved.as_str())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_someone_else_changed_shows_both_values() {
    let shop = shop_with_discount(2, 1_500).await;
    let browser = member(&shop, &["catalog"]);
    browser.open(PATH).await;
    let page = browser.submit(PATH, &with(&[("percent", "5")])).await;
    let texts = [
        "Someone else saved this discount code",
        ">5<",
        ">15<",
        "name=\"reason\" value=\"spring\"",
        "name=\"version\" value=\"2\"",
    ];
    shows(&page, 412, &texts);
    assert_eq!(shop.services.calls::<UpdateDiscountRequest>().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_ended_with_a_reason_by_the_catalog_group() {
    let shop = shop_with_discount(1, 1_000).await;
    shop.services.on(|request: EndDiscountRequest| {
        assert_eq!(request.reason, "leaked");
        Ok(EndDiscountResponse {
            discount: discount(2, 1_000),
        })
    });
    let path = format!("{PATH}/end");
    let browser = member(&shop, &["catalog"]);
    browser.open(PATH).await;
    let answer = browser.submit(&path, &[("end_reason", "leaked")]).await;
    let ended = format!("{PATH}?notice=discount-ended");
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, ended.as_str())
    );

    let support = member(&shop, &["support"]);
    let page = support.open(PATH).await;
    shows(&page, 200, &["Terms", "117 of 500"]);
    assert!(!page.text.contains("/end\""), "{}", page.text);
    let page = support.submit(&path, &[("end_reason", "leaked")]).await;
    shows(&page, 403, &["catalog"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_ended_meanwhile_is_not_changed() {
    let shop = shop_with_discount(1, 1_000).await;
    shop.services.on(|_: UpdateDiscountRequest| {
        let status: Status = refusal(Code::FailedPrecondition, "DISCOUNT_ENDED", "it has ended");
        Err::<UpdateDiscountResponse, _>(status)
    });
    let browser = member(&shop, &["catalog"]);
    browser.open(PATH).await;
    let page = browser.submit(PATH, &with(&[("percent", "5")])).await;
    shows(
        &page,
        422,
        &["Someone else has ended this code", "value=\"5\""],
    );
}
