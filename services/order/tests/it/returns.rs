//! Customers ask for returns; staff decide about them and about the money.

mod decisions;

use contracts::messages::*;
use contracts::order::v1::*;
use tonic::Status;

use crate::support::{App, Person, fields, minor, reason, total};

fn coffee(quantity: u32) -> Vec<LineUnits> {
    vec![LineUnits {
        sku: "COFFEE".to_owned(),
        quantity,
    }]
}

fn request(order: &str, key: &str, quantity: u32) -> RequestReturnRequest {
    RequestReturnRequest {
        order_id: order.to_owned(),
        idempotency_key: key.to_owned(),
        lines: coffee(quantity),
        reason: ReturnReason::Defective.into(),
        note: "tastes\nof soap".to_owned(),
    }
}

async fn ask(
    app: &mut App,
    person: &Person,
    order: &str,
    key: &str,
    quantity: u32,
) -> Result<Return, Status> {
    let request = person.request(request(order, key, quantity));
    let answer = app.returns.request_return(request).await?;
    Ok(answer.into_inner().order_return.unwrap())
}

async fn approve(app: &mut App, staff: &Person, id: &str) -> Result<Return, Status> {
    let request = staff.request(ApproveReturnRequest {
        id: id.to_owned(),
        amount: None,
        note: "checked".to_owned(),
    });
    let answer = app.returns.approve_return(request).await?;
    Ok(answer.into_inner().order_return.unwrap())
}

async fn get(app: &mut App, person: &Person, id: &str) -> Result<Return, Status> {
    let request = person.request(GetReturnRequest { id: id.to_owned() });
    let answer = app.returns.get_return(request).await?;
    Ok(answer.into_inner().order_return.unwrap())
}

async fn withdraw(app: &mut App, person: &Person, id: &str) -> Result<Return, Status> {
    let request = person.request(WithdrawReturnRequest { id: id.to_owned() });
    let answer = app.returns.withdraw_return(request).await?;
    Ok(answer.into_inner().order_return.unwrap())
}

/// An order of two bags of coffee that was delivered.
async fn delivered(app: &mut App) -> (Person, Order) {
    let (person, order) = app.shipped().await;
    let request = DeliverOrderRequest {
        id: order.id.clone(),
    };
    let request = app.staff().request(request);
    let answer = app.orders.deliver_order(request).await.unwrap();
    (person, answer.into_inner().order.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_asks_for_a_return_and_no_money_moves() {
    let mut app = App::start().await;
    let (person, order) = delivered(&mut app).await;
    let asked = ask(&mut app, &person, &order.id, "k", 1).await.unwrap();
    assert_eq!(asked.status(), ReturnStatus::Requested);
    assert_eq!(asked.reason(), ReturnReason::Defective);
    assert_eq!(asked.note, "tastes\nof soap");
    assert_eq!(asked.lines, coffee(1));
    assert!(asked.amount.is_none() && asked.refund_id.is_empty() && !asked.automatic);
    let share = minor(&asked.share.clone().unwrap().total);
    assert_eq!(share, total(&order).minor_units() / 2);
    assert_eq!(app.rows("refunds", "true").await, 0);
    let event: OrderReturnRequested = app.participants.receive(&order.id).await;
    assert_eq!(event.return_id.to_string(), asked.id);
    assert_eq!(get(&mut app, &person, &asked.id).await.unwrap(), asked);
    let timeline = app.timeline(&person, &order.id).await;
    assert_eq!(timeline.last().unwrap(), "order return_requested");
    assert_eq!(app.rows("order_events", "message LIKE '%soap%'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gives_the_same_return_and_another_request_is_refused() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    let first = ask(&mut app, &person, &order.id, "k", 1).await.unwrap();
    let again = ask(&mut app, &person, &order.id, "k", 1).await.unwrap();
    assert_eq!(first, again);
    let refused = ask(&mut app, &person, &order.id, "k", 2).await;
    assert_eq!(reason(&refused.unwrap_err()), "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(app.rows("returns", "true").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_units_than_were_bought_are_not_returned_also_concurrently() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    let tries = (0..6).map(|n| {
        let request = person.request(request(&order.id, &format!("k{n}"), 1));
        let mut returns = app.returns.clone();
        tokio::spawn(async move { returns.request_return(request).await })
    });
    let mut granted = 0;
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => granted += 1,
            Err(refused) => assert_eq!(reason(&refused), "RETURN_EXCEEDS_BOUGHT"),
        }
    }
    assert_eq!(granted, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_return_frees_its_units() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    let first = ask(&mut app, &person, &order.id, "k1", 2).await.unwrap();
    for _ in 0..2 {
        let withdrawn = withdraw(&mut app, &person, &first.id).await.unwrap();
        assert_eq!(withdrawn.status(), ReturnStatus::Withdrawn);
    }
    let staff = app.staff();
    let refused = approve(&mut app, &staff, &first.id).await;
    assert_eq!(reason(&refused.unwrap_err()), "RETURN_NOT_OPEN");
    ask(&mut app, &person, &order.id, "k2", 2).await.unwrap();
    let timeline = app.timeline(&person, &order.id).await;
    assert_eq!(
        timeline[8..],
        [
            "order return_requested",
            "order return_withdrawn",
            "order return_requested"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_not_shipped_is_not_returned() {
    let mut app = App::start().await;
    let (person, order) = app.confirmed().await;
    let refused = ask(&mut app, &person, &order.id, "k", 1).await;
    assert_eq!(reason(&refused.unwrap_err()), "ORDER_NOT_RETURNABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_customer_neither_sees_nor_changes_a_return() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    let asked = ask(&mut app, &person, &order.id, "k", 1).await.unwrap();
    let stranger = app.customer();
    let refused = ask(&mut app, &stranger, &order.id, "k", 1).await;
    assert_eq!(reason(&refused.unwrap_err()), "ORDER_NOT_FOUND");
    let refused = get(&mut app, &stranger, &asked.id).await;
    assert_eq!(reason(&refused.unwrap_err()), "RETURN_NOT_FOUND");
    let refused = withdraw(&mut app, &stranger, &asked.id).await;
    assert_eq!(reason(&refused.unwrap_err()), "RETURN_NOT_FOUND");
    let list = |person: &Person| {
        person.request(ListOrderReturnsRequest {
            order_id: order.id.clone(),
        })
    };
    let refused = app.returns.list_order_returns(list(&stranger)).await;
    assert_eq!(reason(&refused.unwrap_err()), "ORDER_NOT_FOUND");
    let own = app.returns.list_order_returns(list(&person)).await.unwrap();
    assert_eq!(own.into_inner().returns, [asked]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_violations_of_a_return_are_reported() {
    let mut app = App::start().await;
    let (person, order) = app.shipped().await;
    let refused = app
        .returns
        .request_return(person.request(RequestReturnRequest {
            lines: coffee(0),
            reason: ReturnReason::Unspecified.into(),
            note: "x".repeat(501),
            ..request(&order.id, "", 1)
        }))
        .await
        .unwrap_err();
    assert_eq!(
        fields(&refused),
        ["idempotency_key", "lines[0].quantity", "note", "reason"]
    );
}
