//! What becomes of a placed order.

use std::time::Duration;

use anyhow::{Result, ensure};
use client::{Answer, Request};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::account::Account;
use crate::plan::{Challenge, Ending, Plan};
use crate::shop::Shop;
use crate::tally::Event;

const FIRST_POLL: Duration = Duration::from_millis(250);
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(10);
/// Pauses of a person between two steps of an order's way.
const PAUSES: usize = 3;

/// Follows an order to the end that its plan has.
///
/// # Errors
/// A request failed, or something was refused.
pub(crate) async fn follow(shop: &Shop, customer: &Account, order: &str, plan: Plan) -> Result<()> {
    let settled = settle(shop, customer, order, plan.challenge).await?;
    match settled.text("/status").as_str() {
        "confirmed" => shop.tally.add(Event::Confirmed),
        "rejected" => {
            shop.tally.add(Event::Rejected);
            return Ok(());
        }
        // Someone else acts on it, such as staff at the console.
        _ => return Ok(()),
    }
    wait(shop).await;
    match plan.ending {
        Ending::Keep => {}
        Ending::Cancel => cancel(shop, customer, order).await?,
        Ending::Deliver => deliver(shop, customer, order).await?,
        Ending::Return | Ending::RefusedReturn => {
            deliver(shop, customer, order).await?;
            wait(shop).await;
            return_one(shop, customer, &settled, plan.ending).await?;
        }
    }
    Ok(())
}

/// Polls until the checkout has its outcome; the customer answers its challenge meanwhile.
async fn settle(shop: &Shop, customer: &Account, order: &str, how: Challenge) -> Result<Answer> {
    let mut challenged = false;
    let mut interval = FIRST_POLL;
    loop {
        let answer = read(customer, order).await?;
        if answer.text("/status") != "pending" && !is_in_progress(&answer) {
            return Ok(answer);
        }
        let page = answer.text("/next_action/redirect_url");
        if !page.is_empty() && !challenged {
            challenged = true;
            shop.pause().await;
            match how {
                Challenge::Pass => shop.api.answer_challenge(&page, "succeed").await?,
                Challenge::Fail => shop.api.answer_challenge(&page, "fail").await?,
                Challenge::Leave => shop.tally.add(Event::ChallengeLeft),
            }
        }
        sleep(interval).await;
        interval = (interval * 3 / 2).min(MAX_POLL_INTERVAL);
    }
}

async fn cancel(shop: &Shop, customer: &Account, order: &str) -> Result<()> {
    let request = Request::post(format!("/orders/{order}/cancellation"), json!({}));
    customer.succeed(request).await?;
    finish(customer, order, "cancelled").await?;
    shop.tally.add(Event::Canceled);
    Ok(())
}

/// Staff ship the order and mark it delivered.
async fn deliver(shop: &Shop, customer: &Account, order: &str) -> Result<()> {
    shop.staff.ship(order).await?;
    finish(customer, order, "shipped").await?;
    shop.tally.add(Event::Shipped);
    wait(shop).await;
    shop.staff.mark_delivered(order).await?;
    shop.tally.add(Event::Delivered);
    Ok(())
}

/// The customer asks for the return of one unit, and staff decide.
async fn return_one(shop: &Shop, customer: &Account, order: &Answer, ending: Ending) -> Result<()> {
    let lines = json!([{"sku": order.text("/lines/0/sku"), "quantity": 1}]);
    let body = json!({"lines": lines, "reason": "changed_mind"});
    let request = Request::post(format!("/orders/{}/returns", order.text("/id")), body);
    let request = request.idempotency_key(Uuid::now_v7().to_string());
    let returned = customer.succeed(request).await?.text("/id");
    wait(shop).await;
    if ending == Ending::Return {
        shop.staff.approve(&returned).await?;
        shop.tally.add(Event::ReturnApproved);
    } else {
        shop.staff.refuse(&returned).await?;
        shop.tally.add(Event::ReturnRefused);
    }
    Ok(())
}

/// Polls until an accepted request is carried out; then the order must have this status.
async fn finish(customer: &Account, order: &str, status: &str) -> Result<()> {
    let mut interval = FIRST_POLL;
    loop {
        sleep(interval).await;
        let answer = read(customer, order).await?;
        if !is_in_progress(&answer) {
            let found = answer.text("/status");
            ensure!(found == status, "order {order} is {found}, not {status}");
            return Ok(());
        }
        interval = (interval * 3 / 2).min(MAX_POLL_INTERVAL);
    }
}

async fn read(customer: &Account, order: &str) -> Result<Answer> {
    customer
        .succeed(Request::get(format!("/orders/{order}")))
        .await
}

fn is_in_progress(order: &Answer) -> bool {
    order.body.get("in_progress") == Some(&Value::Bool(true))
}

async fn wait(shop: &Shop) {
    for _ in 0..PAUSES {
        shop.pause().await;
    }
}
