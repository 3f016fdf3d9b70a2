use std::time::Duration;

use tokio::time::sleep;

use super::api::{Request, Response};
use super::challenge::Challenge;
use super::client::Client;
use super::order_state::OrderState;

const FIRST_INTERVAL: Duration = Duration::from_millis(250);
const MAX_INTERVAL: Duration = Duration::from_secs(5);

impl Client {
    /// Polls an order until it is settled. `None` when the run is aborted.
    pub(super) async fn watch(&self, order: &str) -> Option<OrderState> {
        self.watch_every(order, FIRST_INTERVAL, MAX_INTERVAL).await
    }

    /// As [`Client::watch`], with other polling intervals.
    pub(super) async fn watch_every(
        &self,
        order: &str,
        first: Duration,
        max: Duration,
    ) -> Option<OrderState> {
        let mut interval = first;
        let mut challenge = None;
        loop {
            sleep(interval).await;
            interval = (interval * 3 / 2).min(max);
            let state = self.read_order(order).await?;
            if state.is_settled() {
                return Some(state);
            }
            if let Some(url) = state.challenge_url {
                let draw = || Challenge::draw(&self.rng, &self.shared.provider);
                challenge.get_or_insert_with(draw).submit(&url).await;
            }
            if self.shared.abort.is_cancelled() {
                return None;
            }
        }
    }

    /// Reads an order once and records the answer.
    pub(super) async fn read_order(&self, order: &str) -> Option<OrderState> {
        let recorder = &self.shared.recorder;
        let request = Request::get(format!("/orders/{order}"));
        match self.account.retry(&request).await {
            Response::Done(answer) => {
                let state = OrderState::read(&answer);
                match &state {
                    Some(state) => recorder.order_read(&state.order),
                    None => {
                        recorder.anomaly(format!("order {order}: the answer is no order: {answer}"))
                    }
                }
                state
            }
            Response::Refused(problem) => {
                recorder.anomaly(format!(
                    "order {order} was accepted, and reading it was refused: {problem}"
                ));
                None
            }
            Response::Unknown { .. } | Response::TokenRejected => None,
        }
    }
}
