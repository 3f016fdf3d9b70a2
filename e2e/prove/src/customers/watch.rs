use std::time::Duration;

use tokio::time::sleep;

use super::api::{Reply, Request};
use super::bank::Bank;
use super::shopper::Shopper;
use super::view::Seen;

const FIRST_LOOK: Duration = Duration::from_millis(250);
const LOOK_AT_MOST_EVERY: Duration = Duration::from_secs(5);

impl Shopper {
    /// Looks at an order until nothing more happens to it by itself. `None` when everybody gives up.
    pub(super) async fn watch(&self, order: &str) -> Option<Seen> {
        self.watch_every(order, FIRST_LOOK, LOOK_AT_MOST_EVERY)
            .await
    }

    /// The same, looking more often.
    pub(super) async fn watch_every(
        &self,
        order: &str,
        first: Duration,
        at_most: Duration,
    ) -> Option<Seen> {
        let mut wait = first;
        let mut bank = None;
        loop {
            sleep(wait).await;
            wait = (wait * 3 / 2).min(at_most);
            let seen = self.look(order).await?;
            if seen.rests() {
                return Some(seen);
            }
            if let Some(url) = seen.redirect {
                let bank = bank.get_or_insert_with(|| Bank::draw(&self.dice, &self.town.provider));
                bank.hear(&url).await;
            }
            if self.town.give_up.is_cancelled() {
                return None;
            }
        }
    }

    /// Looks at an order once and tells the witness.
    pub(super) async fn look(&self, order: &str) -> Option<Seen> {
        let request = Request::get(format!("/orders/{order}"));
        match self.person.insist(&request).await {
            Reply::Done(answer) => {
                let seen = Seen::read(&answer);
                match &seen {
                    Some(seen) => self.town.witness.saw(&seen.order),
                    None => self.odd(format!("order {order} was told unreadably: {answer}")),
                }
                seen
            }
            Reply::Refused(problem) => {
                self.odd(format!(
                    "order {order} was accepted, and then refused: {problem}"
                ));
                None
            }
            Reply::Unclear { .. } | Reply::Stranger => None,
        }
    }

    pub(super) fn odd(&self, what: String) {
        self.town.witness.odd(what);
    }
}
