//! People who buy: sign in, fill the cart, order, and wait for what comes of it.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use client::Request;
use goose::prelude::{GooseUser, TransactionResult};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::account::Account;
use crate::browse::PRODUCT;
use crate::dice::Dice;
use crate::exchange::{Ask, Failed, ask};
use crate::mix::{self, Trip};
use crate::people;
use crate::town::Town;

const ORDERS: &str = "/api/v1/orders";
const ORDER: &str = "/api/v1/orders/{id}";
const TIMELINE: &str = "/api/v1/orders/{id}/timeline";
const CANCELLATION: &str = "/api/v1/orders/{id}/cancellation";
/// An order that takes longer has failed, as far as its customer can tell.
const PATIENCE: Duration = Duration::from_secs(15);
const FIRST_LOOK: Duration = Duration::from_millis(10);
const LONGEST_LOOK: Duration = Duration::from_millis(100);

/// The way of an order as its customer sees it, in the report.
pub(crate) const SEEN: &str = "SEEN";
/// The same by the shop's own clock: from the timeline.
pub(crate) const WRITTEN: &str = "WRITTEN";

/// Somebody who buys.
#[derive(Debug)]
pub(crate) struct Buyer {
    number: u64,
    dice: Dice,
    account: Account,
    trips: u64,
    her_turn: bool,
}

/// Comes in.
pub(crate) async fn arrive(user: &mut GooseUser, town: Arc<Town>) -> TransactionResult {
    let number = town.next_buyer();
    let buyer = Buyer {
        number,
        dice: Dice::new(town.settings.seed, number),
        account: Account::new(&town.settings.accounts, number),
        trips: 0,
        her_turn: false,
    };
    people::settle(user, buyer).await
}

/// Queues: so many orders are placed in a second, not more.
pub(crate) async fn queue(user: &mut GooseUser, town: Arc<Town>) -> TransactionResult {
    let buyer = people::who::<Buyer>(user)?;
    let mut buyer = buyer.lock().await;
    buyer.her_turn = town.orders.turn().await;
    Ok(())
}

/// Signs in where she is not.
pub(crate) async fn sign_in(user: &mut GooseUser, town: Arc<Town>) -> TransactionResult {
    let buyer = people::who::<Buyer>(user)?;
    let mut buyer = buyer.lock().await;
    if town.orders.is_over() {
        return Ok(());
    }
    buyer.account.sign_in(user, &town).await
}

/// One checkout, to its end.
pub(crate) async fn check_out(user: &mut GooseUser, town: Arc<Town>) -> TransactionResult {
    let buyer = people::who::<Buyer>(user)?;
    let mut buyer = buyer.lock().await;
    if !std::mem::take(&mut buyer.her_turn) {
        return Ok(());
    }
    let Some(token) = buyer.account.token() else {
        return Ok(());
    };
    buyer.trips += 1;
    let key = format!("{}-{}-{}", town.run, buyer.number, buyer.trips);
    let trip = Trip::plan(&mut buyer.dice);
    fill_cart(user, &town, &token, &mut buyer.dice, &trip).await?;
    let begun = Instant::now();
    let Some(order) = place(user, &town, &token, &key, &trip).await? else {
        return Ok(());
    };
    let outcome = outcome(user, &town, &token, &order, begun, &trip).await?;
    if outcome == "confirmed" && trip.cancelled {
        cancel(user, &town, &token, &order).await?;
    }
    Ok(())
}

async fn fill_cart(
    user: &mut GooseUser,
    town: &Town,
    token: &str,
    dice: &mut Dice,
    trip: &Trip,
) -> TransactionResult {
    for _ in 0..trip.lines {
        let Some(product) = dice.pick(&town.goods) else {
            return Ok(());
        };
        let page = Ask::get(PRODUCT, format!("/api/v1/products/{}", product.slug));
        ask(user, town, page).await?;
        let path = format!("/api/v1/cart/items/{}", product.sku);
        let units = json!({"quantity": mix::units(dice)});
        let line = Ask::put("/api/v1/cart/items/{sku}", path, units);
        ask(user, town, line.by(token)).await?;
    }
    let cart = Ask::get("/api/v1/cart", "/api/v1/cart?country=DE");
    ask(user, town, cart.by(token)).await?;
    Ok(())
}

/// The order's id.
async fn place(
    user: &mut GooseUser,
    town: &Town,
    token: &str,
    key: &str,
    trip: &Trip,
) -> Result<Option<String>, Failed> {
    let body = json!({"payment_method": trip.card, "shipping_address": {
        "recipient": "Load Test", "line1": "Hauptstr. 1", "city": "Berlin",
        "postal_code": "10115", "country": "DE",
    }});
    let mut ids = Vec::new();
    for _ in 0..1 + usize::from(trip.sent_twice) {
        let mut order = Ask::post(ORDERS, ORDERS, body.clone()).by(token);
        order.request = order.request.idempotency_key(key);
        ids.push(ask(user, town, order).await?.text("/id"));
    }
    town.tally.order("placed");
    ids.dedup();
    if ids.len() > 1 {
        failure(user, town, "placed", "two orders for one key").await?;
    }
    Ok(ids.pop().filter(|id| !id.is_empty()))
}

/// Looks until the order is no longer pending, and says what it is then.
async fn outcome(
    user: &mut GooseUser,
    town: &Town,
    token: &str,
    order: &str,
    begun: Instant,
    trip: &Trip,
) -> Result<String, Failed> {
    let (status, reply) = watch(user, town, token, order, "pending").await?;
    let seen = begun.elapsed();
    let reason = reply.text("/reason");
    let expected = match status.as_str() {
        "confirmed" => !trip.is_declined(),
        "rejected" => trip.is_declined() && reason == "payment_declined",
        _ => false,
    };
    // What is short of stock in a shop with load is no failure of the shop.
    let sold_out = status == "rejected" && reason == "out_of_stock";
    if !expected && !sold_out {
        let what = match (status.as_str(), reason.as_str()) {
            ("pending", _) => "still pending after 15 s".to_owned(),
            (status, "") => format!("{status}, unexpectedly"),
            (status, reason) => format!("{status} as {reason}, unexpectedly"),
        };
        failure(user, town, &status, &what).await?;
        return Ok(status);
    }
    town.tally.order(match sold_out {
        true => "sold out",
        false => &status,
    });
    let name = format!("ordered to {status}");
    user.record_custom_request_duration(SEEN, &name, seen, true, None, None)
        .await?;
    written(user, town, token, order, &status).await?;
    Ok(status)
}

/// Cancels a confirmed order and waits until all is undone.
async fn cancel(user: &mut GooseUser, town: &Town, token: &str, order: &str) -> TransactionResult {
    let begun = Instant::now();
    let path = format!("/api/v1/orders/{order}/cancellation");
    let request = Request::new(Method::POST, path, None);
    ask(user, town, Ask::new(CANCELLATION, request).by(token)).await?;
    let (status, _) = watch(user, town, token, order, "confirmed").await?;
    if status != "cancelled" {
        return failure(
            user,
            town,
            &status,
            "a cancellation that was not carried out",
        )
        .await;
    }
    town.tally.order("cancelled");
    let name = "confirmed to cancelled";
    user.record_custom_request_duration(SEEN, name, begun.elapsed(), true, None, None)
        .await
}

/// Looks at an order while it has this status, for so long as a customer would.
async fn watch(
    user: &mut GooseUser,
    town: &Town,
    token: &str,
    order: &str,
    while_it_is: &str,
) -> Result<(String, client::Answer), Failed> {
    let end = Instant::now() + PATIENCE;
    let mut wait = FIRST_LOOK;
    loop {
        sleep(wait).await;
        let look = Ask::get(ORDER, format!("/api/v1/orders/{order}"));
        let reply = ask(user, town, look.by(token)).await?;
        let status = reply.text("/status");
        if status != while_it_is || Instant::now() >= end {
            return Ok((status, reply));
        }
        wait = (wait * 3 / 2).min(LONGEST_LOOK);
    }
}

/// How long the shop says that it took.
async fn written(
    user: &mut GooseUser,
    town: &Town,
    token: &str,
    order: &str,
    status: &str,
) -> TransactionResult {
    let look = Ask::get(TIMELINE, format!("/api/v1/orders/{order}/timeline"));
    let timeline = ask(user, town, look.by(token)).await?;
    let Some(took) = between(&timeline.body, "placed", status) else {
        return failure(user, town, status, "a timeline without its ends").await;
    };
    let name = format!("placed to {status}");
    user.record_custom_request_duration(WRITTEN, &name, took, true, None, None)
        .await
}

/// The time between two entries.
fn between(timeline: &Value, from: &str, to: &str) -> Option<Duration> {
    let entries = timeline.get("entries")?.as_array()?;
    let at = |kind: &str| {
        let entry = entries.iter().find(|entry| entry["kind"] == kind)?;
        DateTime::parse_from_rfc3339(entry.get("at")?.as_str()?).ok()
    };
    (at(to)? - at(from)?).to_std().ok()
}

/// An order that did not go as it should counts as a request that failed.
async fn failure(user: &mut GooseUser, town: &Town, name: &str, why: &str) -> TransactionResult {
    town.tally.order(why);
    let name = format!("ordered to {name}");
    user.record_custom_request_duration(SEEN, &name, Duration::ZERO, false, None, Some(why))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeline_tells_how_long_it_took() {
        let timeline = json!({"entries": [
            {"at": "2026-11-23T03:00:00.100Z", "kind": "placed"},
            {"at": "2026-11-23T03:00:00.150Z", "kind": "stock_reserved"},
            {"at": "2026-11-23T03:00:00.225Z", "kind": "confirmed"},
        ]});
        let took = |to| between(&timeline, "placed", to);
        assert_eq!(took("confirmed"), Some(Duration::from_millis(125)));
        assert_eq!(took("rejected"), None);
        assert_eq!(between(&json!({}), "placed", "confirmed"), None);
    }
}
