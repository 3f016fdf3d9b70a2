use std::time::Duration;

use futures_util::future::join;
use serde_json::{Value, json};

use super::api::{Request, Response};
use super::client::Client;
use super::order_state::OrderState;

/// How often an ambiguous refusal is retried before it counts.
const AMBIGUOUS_REFUSALS: u32 = 4;

impl Client {
    /// Checks out under `key`: once, twice at the same time, or also under a second key. Returns all
    /// orders that come of it.
    pub(super) async fn check_out(&self, key: &str, payment_method: &str) -> Vec<OrderState> {
        let body = body(payment_method);
        let second_key = format!("{key}-again");
        let (first, second) = match self.rng.between(0, 99) {
            0..=11 => {
                let again = self.check_out_once(key, &body);
                join(self.check_out_once(key, &body), again).await
            }
            12..=17 => {
                let other = self.check_out_once(&second_key, &body);
                join(self.check_out_once(key, &body), other).await
            }
            _ => (self.check_out_once(key, &body).await, None),
        };
        let mut orders: Vec<OrderState> = first.into_iter().chain(second).collect();
        orders.dedup_by(|one, other| one.order.id == other.order.id);
        orders
    }

    /// Repeats one checkout under one key until its outcome is known.
    pub(super) async fn check_out_once(&self, key: &str, body: &Value) -> Option<OrderState> {
        let recorder = &self.shared.recorder;
        recorder.checkout_started(key, &self.account.id().await);
        let request = Request::post("/orders", body.clone()).idempotency_key(key);
        let mut delay = Duration::from_millis(150);
        let mut ambiguous = 0;
        loop {
            match self.account.send(&request).await {
                Response::Done(answer) => {
                    let state = OrderState::read(&answer);
                    match &state {
                        Some(state) => {
                            recorder.checkout_accepted(key, &state.order, self.is_before_faults());
                        }
                        None => {
                            recorder.anomaly(format!("key {key}: the answer is no order: {answer}"))
                        }
                    }
                    return state;
                }
                Response::Refused(problem)
                    if is_ambiguous(&problem) && ambiguous < AMBIGUOUS_REFUSALS =>
                {
                    ambiguous += 1;
                    self.account.back_off(None, &mut delay).await;
                }
                Response::Refused(problem) => {
                    recorder.checkout_refused(key, &problem);
                    return None;
                }
                Response::Unknown {
                    reason,
                    retry_after,
                } => {
                    recorder.checkout_unknown(key, reason);
                    if self.shared.abort.is_cancelled() {
                        return None;
                    }
                    self.account.back_off(retry_after, &mut delay).await;
                }
                Response::TokenRejected => {}
            }
        }
    }
}

/// Whether the refusal may result from a concurrent attempt, under this key or another.
fn is_ambiguous(problem: &str) -> bool {
    matches!(problem, "cart-changed" | "cart-empty")
}

pub(super) fn body(payment_method: &str) -> Value {
    json!({"payment_method": payment_method, "shipping_address": {
        "recipient": "Test Client", "line1": "Hauptstr. 1", "city": "Berlin",
        "postal_code": "10115", "country": "DE",
    }})
}
