use contracts::messages::*;
use contracts::order::v1::*;
use tonic::{Code, Status};

use super::{approve, ask, delivered, get};
use crate::refunds::{has_outcome, refund_request, succeed};
use crate::support::{App, Person, minor, reason, total};

async fn refuse(app: &mut App, staff: &Person, id: &str) -> Result<Return, Status> {
    let request = staff.request(RefuseReturnRequest {
        id: id.to_owned(),
        note: "the seal is broken".to_owned(),
    });
    let answer = app.returns.refuse_return(request).await?;
    Ok(answer.into_inner().order_return.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_return_refunds_the_share_of_its_units_on_record() {
    let mut app = App::start().await;
    let (person, order) = delivered(&mut app).await;
    let asked = ask(&mut app, &person, &order.id, "k", 1).await.unwrap();
    let staff = app.staff();
    let approved = approve(&mut app, &staff, &asked.id).await.unwrap();
    assert_eq!(approved.status(), ReturnStatus::Approved);
    assert_eq!(approved.decision_note, "checked");
    assert_eq!(approved.amount, asked.share.unwrap().total);
    let command = succeed(&mut app, &order.id).await;
    assert_eq!(command.refund_id.to_string(), approved.refund_id);
    assert_eq!(command.amount.minor_units(), minor(&approved.amount));
    has_outcome(&mut app, &person, &order.id, RefundStatus::Succeeded).await;
    let read = app.order(&person, &order.id).await;
    assert_eq!(read.refunds[0].lines, approved.lines);
    let event: OrderReturnApproved = app.participants.receive(&order.id).await;
    assert_eq!(event.amount, command.amount);
    let timeline = app.timeline(&person, &order.id).await;
    assert_eq!(
        timeline[9..],
        [
            "order return_requested",
            "order return_approved",
            "order refund_requested",
            "payment refunded"
        ]
    );
    let recorded = format!(
        "kind = 'return.approve' AND subject = '{}' AND actor_id = '{}' AND reason = 'checked'
         AND after ->> 'return_id' = '{}'",
        order.id, staff.id, asked.id
    );
    assert_eq!(app.rows("operator_actions", &recorded).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_staff_who_approve_at_once_make_one_refund() {
    let mut app = App::start().await;
    let (person, order) = delivered(&mut app).await;
    let asked = ask(&mut app, &person, &order.id, "k", 2).await.unwrap();
    let tries = (0..8).map(|_| {
        let request = app.staff().request(ApproveReturnRequest {
            id: asked.id.clone(),
            amount: None,
            note: "checked".to_owned(),
        });
        let mut returns = app.returns.clone();
        tokio::spawn(async move { returns.approve_return(request).await })
    });
    let mut approved = 0;
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => approved += 1,
            Err(refused) => assert_eq!(reason(&refused), "RETURN_NOT_OPEN"),
        }
    }
    assert_eq!(approved, 1);
    assert_eq!(app.rows("refunds", "true").await, 1);
    assert_eq!(
        app.rows("operator_actions", "kind LIKE 'return.%'").await,
        1
    );
    let command = succeed(&mut app, &order.id).await;
    assert_eq!(command.amount, total(&order));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_approval_again_changes_nothing() {
    let mut app = App::start().await;
    let (person, order) = delivered(&mut app).await;
    let asked = ask(&mut app, &person, &order.id, "k", 1).await.unwrap();
    let staff = app.staff();
    let first = approve(&mut app, &staff, &asked.id).await.unwrap();
    let again = approve(&mut app, &staff, &asked.id).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(
        app.rows("operator_actions", "kind LIKE 'return.%'").await,
        1
    );
    assert_eq!(app.rows("refunds", "true").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_do_not_decide_about_their_own_orders() {
    let mut app = App::start().await;
    let (person, order) = delivered(&mut app).await;
    let asked = ask(&mut app, &person, &order.id, "k", 1).await.unwrap();
    let member = app.as_staff(&person);
    let approved = approve(&mut app, &member, &asked.id).await.unwrap_err();
    let refused = refuse(&mut app, &member, &asked.id).await.unwrap_err();
    let request = member.request(refund_request(&order.id, "own", None));
    let refunded = app.orders.request_refund(request).await.unwrap_err();
    for status in [approved, refused, refunded] {
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::PermissionDenied, "OWN_ORDER")
        );
    }
    assert_eq!(app.rows("refunds", "true").await, 0);
    let decisions = "kind LIKE 'return.%' OR kind = 'order.refund'";
    assert_eq!(app.rows("operator_actions", decisions).await, 0);
    let other = app.staff();
    approve(&mut app, &other, &asked.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_lower_the_amount_and_never_exceed_what_is_left() {
    let mut app = App::start().await;
    let (person, order) = delivered(&mut app).await;
    let asked = ask(&mut app, &person, &order.id, "k", 1).await.unwrap();
    let staff = app.staff();
    let with = |minor_units: i64| {
        staff.request(ApproveReturnRequest {
            id: asked.id.clone(),
            amount: Some(contracts::types::v1::Money {
                minor_units,
                currency: "EUR".to_owned(),
            }),
            note: "used".to_owned(),
        })
    };
    let whole = total(&order).minor_units();
    let refused = app.returns.approve_return(with(whole + 1)).await;
    assert_eq!(reason(&refused.unwrap_err()), "REFUND_EXCEEDS_CAPTURED");
    let approved = app.returns.approve_return(with(123)).await.unwrap();
    let approved = approved.into_inner().order_return.unwrap();
    assert_eq!(minor(&approved.amount), 123);
    let command = succeed(&mut app, &order.id).await;
    assert_eq!(command.amount.minor_units(), 123);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_return_moves_no_money_and_says_why() {
    let mut app = App::start().await;
    let (person, order) = delivered(&mut app).await;
    let asked = ask(&mut app, &person, &order.id, "k1", 2).await.unwrap();
    let staff = app.staff();
    let refused = refuse(&mut app, &staff, &asked.id).await.unwrap();
    assert_eq!(refused.status(), ReturnStatus::Refused);
    let seen = get(&mut app, &person, &asked.id).await.unwrap();
    assert_eq!(seen.decision_note, "the seal is broken");
    let event: OrderReturnRefused = app.participants.receive(&order.id).await;
    assert_eq!(event.return_id.to_string(), asked.id);
    assert_eq!(app.rows("refunds", "true").await, 0);
    ask(&mut app, &person, &order.id, "k2", 2).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_do_not_decide_about_returns() {
    let mut app = App::start().await;
    let (person, order) = delivered(&mut app).await;
    let asked = ask(&mut app, &person, &order.id, "k", 1).await.unwrap();
    let refused = approve(&mut app, &person, &asked.id).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let refused = refuse(&mut app, &person, &asked.id).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let list = person.request(ListReturnsRequest::default());
    let refused = app.returns.list_returns(list).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_in_the_configuration_approves_without_staff() {
    let mut app = App::with(&[
        ("returns.automatic_d", "14"),
        ("returns.automatic_max_minor_units", "100000"),
    ])
    .await;
    let (person, order) = app.shipped().await;
    let early = ask(&mut app, &person, &order.id, "k1", 1).await.unwrap();
    assert_eq!(
        early.status(),
        ReturnStatus::Requested,
        "it has not arrived"
    );
    let request = DeliverOrderRequest {
        id: order.id.clone(),
    };
    let request = app.staff().request(request);
    app.orders.deliver_order(request).await.unwrap();
    let asked = ask(&mut app, &person, &order.id, "k2", 1).await.unwrap();
    assert_eq!(asked.status(), ReturnStatus::Approved);
    assert!(asked.automatic);
    let command = succeed(&mut app, &order.id).await;
    assert_eq!(command.refund_id.to_string(), asked.refund_id);
    assert_eq!(
        app.rows("operator_actions", "kind LIKE 'return.%'").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_page_through_the_returns_that_wait() {
    let mut app = App::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let (person, order) = app.shipped().await;
        let asked = ask(&mut app, &person, &order.id, "k", 1).await.unwrap();
        ids.push(asked.id);
    }
    let staff = app.staff();
    refuse(&mut app, &staff, &ids[1]).await.unwrap();
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let request = staff.request(ListReturnsRequest {
            status: ReturnStatus::Requested.into(),
            page_size: 1,
            page_token: token,
        });
        let page = app.returns.list_returns(request).await.unwrap();
        let page = page.into_inner();
        found.extend(page.returns.into_iter().map(|one| one.id));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(found, [ids[0].clone(), ids[2].clone()]);
}
