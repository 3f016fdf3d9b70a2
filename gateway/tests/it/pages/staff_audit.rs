//! What staff did, as a page.

use contracts::operations::v1::*;
use contracts::user::v1::{ListStaffRequest, ListStaffResponse, StaffMember};
use kernel::UserId;
use prost_types::Timestamp;
use tonic::Code;

use super::browser::{Browser, shop};
use crate::{
    samples::{ID, OTHER_ID, refusal},
    shop::Shop,
};

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: 1_795_000_000 + seconds,
        nanos: 0,
    })
}

/// A shop whose services have one action each, or 20 with a kind.
async fn shop_with_actions() -> Shop {
    let shop = shop().await;
    shop.services.on(|request: ListActionsRequest| {
        let action = |seconds: i64| Action {
            id: OTHER_ID.to_owned(),
            kind: "product.update".to_owned(),
            subject: "TEA".to_owned(),
            actor_id: ID.to_owned(),
            reason: "the price list of <spring>".to_owned(),
            before: r#"{"price_minor_units":1299}"#.to_owned(),
            after: r#"{"price_minor_units":1199}"#.to_owned(),
            at: at(seconds),
            ..Action::default()
        };
        if request.kind == "nonsense" {
            return Err(refusal(Code::InvalidArgument, "VALIDATION_FAILED", "kind"));
        }
        let count = if request.kind.is_empty() { 1 } else { 20 };
        Ok(ListActionsResponse {
            actions: (1..=count).rev().map(action).collect(),
            next_page_token: String::new(),
        })
    });
    shop.services.on(|_: ListStaffRequest| {
        Ok(ListStaffResponse {
            members: vec![StaffMember {
                id: ID.to_owned(),
                email: "grace@example.com".to_owned(),
                ..StaffMember::default()
            }],
        })
    });
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_of_all_services_show_who_changed_what() {
    let shop = shop_with_actions().await;
    let browser = Browser::new(&shop).with("staff-access", &shop.staff);
    let page = browser.open("/staff/audit").await;
    assert_eq!(page.status, 200, "{page:?}");
    for text in [
        "grace@example.com",
        "href=\"/staff/products/TEA\"",
        "the price list of &#60;spring&#62;",
        "<th scope=\"row\">price minor units</th><td>1299</td><td>1199</td>",
    ] {
        assert!(page.text.contains(text), "no {text:?} in {}", page.text);
    }
    assert_eq!(page.text.matches("<code>product.update</code>").count(), 4);
    assert!(!page.text.contains("Older actions"), "{}", page.text);
    let one = browser.open("/staff/audit?service=catalog").await;
    assert_eq!(one.text.matches("<code>product.update</code>").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_page_begins_before_the_last_action() {
    let shop = shop_with_actions().await;
    let browser = Browser::new(&shop).with("staff-access", &shop.staff);
    let page = browser
        .open("/staff/audit?kind=product.update&since=2026-11-01")
        .await;
    // The services' actions have the same times, so each page has all of a time.
    assert_eq!(page.text.matches("<code>product.update</code>").count(), 20);
    let next =
        "kind=product.update&#38;since=2026-11-01&#38;before=2026-11-18T11%3A06%3A56.000000Z";
    assert!(page.text.contains(next), "{}", page.text);
    let until = at(16);
    shop.services.on(move |request: ListActionsRequest| {
        assert_eq!(request.until, until);
        Ok(ListActionsResponse::default())
    });
    let path = "/staff/audit?kind=product.update&before=2026-11-18T11%3A06%3A56.000000Z";
    let last = browser.open(path).await;
    assert!(last.text.contains("Newest actions"), "{}", last.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn finance_reads_the_audit_without_names_of_staff() {
    let shop = shop_with_actions().await;
    let token = shop.issuer.staff_token(UserId::generate(), &["finance"]);
    let browser = Browser::new(&shop).with("staff-access", &token);
    let page = browser.open("/staff/audit").await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.text.contains(ID) && !page.text.contains("grace"),
        "{}",
        page.text
    );
    let refused = browser.open("/staff/audit?kind=nonsense").await;
    assert_eq!(refused.status, 422, "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_leads_to_what_it_was_done_to_if_the_member_may_see_it() {
    let shop = shop_with_actions().await;
    shop.services.on(|_: ListActionsRequest| {
        let action = |kind: &str| Action {
            id: OTHER_ID.to_owned(),
            kind: kind.to_owned(),
            subject: ID.to_owned(),
            actor_id: OTHER_ID.to_owned(),
            at: at(0),
            ..Action::default()
        };
        Ok(ListActionsResponse {
            actions: vec![action("return.approve"), action("saga.retry")],
            next_page_token: String::new(),
        })
    });
    for (group, [sees_order, sees_saga]) in [("finance", [true, false]), ("admin", [false, true])] {
        let token = shop.issuer.staff_token(UserId::generate(), &[group]);
        let browser = Browser::new(&shop).with("staff-access", &token);
        let page = browser.open("/staff/audit?service=order").await;
        // A return is shown on its order.
        let order = format!("href=\"/staff/orders/{ID}\"");
        assert_eq!(page.text.contains(&order), sees_order, "{group}");
        let saga = format!("href=\"/staff/system/sagas/{ID}\"");
        assert_eq!(page.text.contains(&saga), sees_saga, "{group}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_answer_is_named() {
    let shop = shop().await;
    shop.services.on(|_: ListActionsRequest| {
        Err::<ListActionsResponse, _>(refusal(Code::Unavailable, "UNAVAILABLE", "down"))
    });
    let browser = Browser::new(&shop).with("staff-access", &shop.staff);
    let page = browser.open("/staff/audit?service=order").await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.text.contains("their actions are missing: order"),
        "{}",
        page.text
    );
}
