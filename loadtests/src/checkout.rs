//! The scenario `checkout`: users that sign in, fill a cart, place an order and wait for its outcome.

use std::sync::Arc;
use std::time::Duration;

use client::Request;
use goose::prelude::{GooseUser, TransactionResult};
use reqwest::Method;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::account::Account;
use crate::browse::PRODUCT;
use crate::fixture::{COUNTRY, Fixture};
use crate::request::{ApiRequest, Failed, send};
use crate::rng::Rng;
use crate::users;
use crate::workload::{self, CheckoutPlan};

mod cart;
mod timeline;

const ORDERS: &str = "/api/v1/orders";
const ORDER: &str = "/api/v1/orders/{id}";
const CANCELLATION: &str = "/api/v1/orders/{id}/cancellation";
/// An order without an outcome after this time counts as failed.
const OUTCOME_TIMEOUT: Duration = Duration::from_secs(15);
const FIRST_POLL: Duration = Duration::from_millis(10);
const MAX_POLL_INTERVAL: Duration = Duration::from_millis(100);

/// In the report, the time of an order as its client measures it.
pub(crate) const CLIENT: &str = "CLIENT";

/// The state of a user that buys.
#[derive(Debug)]
pub(crate) struct Buyer {
    number: u64,
    rng: Rng,
    account: Account,
    checkouts: u64,
    has_permit: bool,
    /// Whether the lines that an earlier run left in the account's cart are removed.
    has_clean_cart: bool,
}

/// Creates the user.
pub(crate) async fn start(user: &mut GooseUser, fixture: Arc<Fixture>) -> TransactionResult {
    let number = fixture.next_buyer();
    let buyer = Buyer {
        number,
        rng: Rng::new(fixture.settings.seed, number),
        account: Account::new(&fixture.settings.accounts, number),
        checkouts: 0,
        has_permit: false,
        has_clean_cart: false,
    };
    users::set_data(user, buyer).await
}

/// Waits for a permit of the order rate.
pub(crate) async fn wait_for_permit(
    user: &mut GooseUser,
    fixture: Arc<Fixture>,
) -> TransactionResult {
    let buyer = users::data::<Buyer>(user)?;
    let mut buyer = buyer.lock().await;
    buyer.has_permit = fixture.orders.acquire().await;
    Ok(())
}

/// Signs in unless signed in, and empties the cart once.
pub(crate) async fn sign_in(user: &mut GooseUser, fixture: Arc<Fixture>) -> TransactionResult {
    let buyer = users::data::<Buyer>(user)?;
    let mut buyer = buyer.lock().await;
    if fixture.orders.is_over() {
        return Ok(());
    }
    buyer.account.sign_in(user, &fixture).await?;
    if let (Some(token), false) = (buyer.account.token(), buyer.has_clean_cart) {
        cart::empty(user, &fixture, &token).await?;
        buyer.has_clean_cart = true;
    }
    Ok(())
}

/// One checkout, until the order has its outcome.
pub(crate) async fn check_out(user: &mut GooseUser, fixture: Arc<Fixture>) -> TransactionResult {
    let buyer = users::data::<Buyer>(user)?;
    let mut buyer = buyer.lock().await;
    if !std::mem::take(&mut buyer.has_permit) {
        return Ok(());
    }
    let Some(token) = buyer.account.token() else {
        return Ok(());
    };
    buyer.checkouts += 1;
    let key = format!("{}-{}-{}", fixture.run, buyer.number, buyer.checkouts);
    let plan = CheckoutPlan::new(&mut buyer.rng);
    fill_cart(user, &fixture, &token, &mut buyer.rng, &plan).await?;
    let begin = Instant::now();
    let Some(order) = place(user, &fixture, &token, &key, &plan).await? else {
        return Ok(());
    };
    let outcome = outcome(user, &fixture, &token, &order, begin, &plan).await?;
    // A rejected order gives its lines back to the cart.
    buyer.has_clean_cart = outcome != "rejected";
    if outcome == "confirmed" && plan.is_canceled {
        cancel(user, &fixture, &token, &order).await?;
    }
    Ok(())
}

async fn fill_cart(
    user: &mut GooseUser,
    fixture: &Fixture,
    token: &str,
    rng: &mut Rng,
    plan: &CheckoutPlan,
) -> TransactionResult {
    for _ in 0..plan.lines {
        let Some(product) = rng.pick(&fixture.bought) else {
            return Ok(());
        };
        let page = ApiRequest::get(PRODUCT, format!("/api/v1/products/{}", product.slug));
        send(user, fixture, page).await?;
        let units = workload::units(rng);
        cart::put(user, fixture, token, &product.sku, units).await?;
    }
    cart::read_totals(user, fixture, token).await
}

/// Places the order; returns its id.
async fn place(
    user: &mut GooseUser,
    fixture: &Fixture,
    token: &str,
    key: &str,
    plan: &CheckoutPlan,
) -> Result<Option<String>, Failed> {
    let body = json!({"payment_method": plan.card, "shipping_address": {
        "recipient": "Load Test", "line1": "Hauptstr. 1", "city": "Berlin",
        "postal_code": "10115", "country": COUNTRY,
    }});
    let mut ids = Vec::new();
    for _ in 0..1 + usize::from(plan.is_sent_twice) {
        let mut order = ApiRequest::post(ORDERS, ORDERS, body.clone()).token(token);
        order.request = order.request.idempotency_key(key);
        ids.push(send(user, fixture, order).await?.text("/id"));
    }
    fixture.counters.order("placed");
    ids.dedup();
    if ids.len() > 1 {
        failure(user, fixture, "placed", "two orders for one key").await?;
    }
    Ok(ids.pop().filter(|id| !id.is_empty()))
}

/// Polls until the order is no longer pending, and returns its status.
async fn outcome(
    user: &mut GooseUser,
    fixture: &Fixture,
    token: &str,
    order: &str,
    begin: Instant,
    plan: &CheckoutPlan,
) -> Result<String, Failed> {
    let (status, answer) = poll_while(user, fixture, token, order, "pending").await?;
    let time = begin.elapsed();
    let reason = answer.text("/reason");
    let is_expected = match status.as_str() {
        "confirmed" => !plan.is_declined(),
        "rejected" => plan.is_declined() && reason == "payment_declined",
        _ => false,
    };
    // Running out of stock under load is not a failure of the shop.
    let is_sold_out = status == "rejected" && reason == "out_of_stock";
    if !is_expected && !is_sold_out {
        let what = match (status.as_str(), reason.as_str()) {
            ("pending", _) => "pending after 15 s".to_owned(),
            (status, "") => format!("{status}, unexpected"),
            (status, reason) => format!("{status} because of {reason}, unexpected"),
        };
        failure(user, fixture, &status, &what).await?;
        return Ok(status);
    }
    fixture.counters.order(match is_sold_out {
        true => "sold out",
        false => &status,
    });
    let name = format!("placed to {status}");
    user.record_custom_request_duration(CLIENT, &name, time, true, None, None)
        .await?;
    timeline::record(user, fixture, token, order, &status).await?;
    Ok(status)
}

/// Cancels a confirmed order and waits until it is canceled.
async fn cancel(
    user: &mut GooseUser,
    fixture: &Fixture,
    token: &str,
    order: &str,
) -> TransactionResult {
    let begin = Instant::now();
    let path = format!("/api/v1/orders/{order}/cancellation");
    let request = Request::new(Method::POST, path, None);
    let request = ApiRequest::new(CANCELLATION, request).token(token);
    send(user, fixture, request).await?;
    let (status, _) = poll_while(user, fixture, token, order, "confirmed").await?;
    if status != "cancelled" {
        return failure(user, fixture, &status, "cancellation not completed").await;
    }
    fixture.counters.order("cancelled");
    let name = "confirmed to cancelled";
    user.record_custom_request_duration(CLIENT, name, begin.elapsed(), true, None, None)
        .await
}

/// Polls an order while it has this status, until the timeout.
async fn poll_while(
    user: &mut GooseUser,
    fixture: &Fixture,
    token: &str,
    order: &str,
    current: &str,
) -> Result<(String, client::Answer), Failed> {
    let end = Instant::now() + OUTCOME_TIMEOUT;
    let mut wait = FIRST_POLL;
    loop {
        sleep(wait).await;
        let request = ApiRequest::get(ORDER, format!("/api/v1/orders/{order}"));
        let answer = send(user, fixture, request.token(token)).await?;
        let status = answer.text("/status");
        if status != current || Instant::now() >= end {
            return Ok((status, answer));
        }
        wait = (wait * 3 / 2).min(MAX_POLL_INTERVAL);
    }
}

/// Records an order with an unexpected outcome as a failed request.
async fn failure(
    user: &mut GooseUser,
    fixture: &Fixture,
    status: &str,
    reason: &str,
) -> TransactionResult {
    fixture.counters.order(reason);
    let name = format!("placed to {status}");
    user.record_custom_request_duration(CLIENT, &name, Duration::ZERO, false, None, Some(reason))
        .await
}
