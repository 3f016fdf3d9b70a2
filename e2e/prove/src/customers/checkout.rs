use std::time::Duration;

use futures_util::future::join;
use serde_json::{Value, json};

use super::api::{Reply, Request};
use super::shopper::Shopper;
use super::view::Seen;

/// A refusal that may be about another try of the same checkout: asked again so often before it is
/// believed.
const DOUBTS: u32 = 4;

impl Shopper {
    /// Checks out under a key, once, twice at the same time, or with a second key beside it. All
    /// orders that come of it.
    pub(super) async fn check_out(&self, key: &str, payment_method: &str) -> Vec<Seen> {
        let body = checkout(payment_method);
        let other = format!("{key}-again");
        let (first, second) = match self.dice.between(0, 99) {
            0..=11 => join(self.settle(key, &body), self.settle(key, &body)).await,
            12..=17 => join(self.settle(key, &body), self.settle(&other, &body)).await,
            _ => (self.settle(key, &body).await, None),
        };
        let mut orders: Vec<Seen> = first.into_iter().chain(second).collect();
        orders.dedup_by(|one, other| one.order.id == other.order.id);
        orders
    }

    /// Sends one checkout under one key until it is clear what became of it.
    pub(super) async fn settle(&self, key: &str, body: &Value) -> Option<Seen> {
        let witness = &self.town.witness;
        witness.checks_out(key, &self.person.id().await);
        let request = Request::post("/orders", body.clone()).idempotency_key(key);
        let mut wait = Duration::from_millis(150);
        let mut doubts = 0;
        loop {
            match self.person.ask(&request).await {
                Reply::Done(answer) => {
                    let seen = Seen::read(&answer);
                    match &seen {
                        Some(seen) => witness.accepted(key, &seen.order, self.unloaded()),
                        None => self.odd(format!("key {key} was answered unreadably: {answer}")),
                    }
                    return seen;
                }
                Reply::Refused(problem) if may_be_another_try(&problem) && doubts < DOUBTS => {
                    doubts += 1;
                    self.person.rest(None, &mut wait).await;
                }
                Reply::Refused(problem) => {
                    witness.refused(key, &problem);
                    return None;
                }
                Reply::Unclear { why, pause } => {
                    witness.unclear(key, why);
                    if self.town.give_up.is_cancelled() {
                        return None;
                    }
                    self.person.rest(pause, &mut wait).await;
                }
                Reply::Stranger => {}
            }
        }
    }
}

/// Refusals that can come of a try that is still on its way, or of another tab.
fn may_be_another_try(problem: &str) -> bool {
    matches!(problem, "cart-changed" | "cart-empty")
}

pub(super) fn checkout(payment_method: &str) -> Value {
    json!({"payment_method": payment_method, "shipping_address": {
        "recipient": "Somebody", "line1": "Hauptstr. 1", "city": "Berlin",
        "postal_code": "10115", "country": "DE",
    }})
}
