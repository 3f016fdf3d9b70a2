use futures_util::future::join;
use serde_json::json;
use tokio::time::sleep;

use super::api::{Reply, Request};
use super::shopper::Shopper;
use super::view::{Seen, refund};

impl Shopper {
    /// Waits for what comes of an order that was accepted; some do not wait and call it off.
    pub(super) async fn await_outcome(&self, order: &str) -> Option<Seen> {
        match self.dice.percent(8) {
            true => join(self.watch(order), self.cancel_soon(order)).await.0,
            false => self.watch(order).await,
        }
    }

    /// Does what people do with orders that were confirmed.
    pub(super) async fn afterwards(&self, seen: Seen) {
        if !seen.is("confirmed") {
            return;
        }
        let order = seen.order.id.as_str();
        match self.dice.between(0, 99) {
            0..=9 => self.cancel(order).await,
            10..=13 => {
                join(self.cancel(order), self.ship(order)).await;
            }
            14..=59 => self.ship(order).await,
            _ => return,
        }
        let Some(seen) = self.watch(order).await else {
            return;
        };
        if seen.is("shipped") {
            self.after_shipment(seen).await;
        }
    }

    async fn after_shipment(&self, seen: Seen) {
        let order = seen.order.id.as_str();
        if self.dice.percent(50) {
            self.deliver(order).await;
        }
        if !self.dice.percent(40) {
            self.look(order).await;
            return;
        }
        let total = seen.order.total;
        let part = self.dice.between(1, total);
        let twice = self.dice.percent(30);
        self.ask_money_back(order, "part", Some(part), twice).await;
        self.watch(order).await;
        match self.dice.between(0, 9) {
            0..=3 => self.ask_money_back(order, "rest", None, false).await,
            4..=5 => self.ask_money_back(order, "more", Some(total), true).await,
            6 => {
                let one = self.ask_money_back(order, "one", None, false);
                let other = self.ask_money_back(order, "other", None, false);
                join(one, other).await;
            }
            _ => return,
        }
        self.watch(order).await;
    }

    async fn cancel_soon(&self, order: &str) {
        sleep(self.dice.pause(0, 700)).await;
        self.cancel(order).await;
    }

    async fn cancel(&self, order: &str) {
        let request = Request::post(format!("/orders/{order}/cancellation"), json!({}));
        if let Reply::Done(_) = self.person.insist(&request).await {
            self.town.witness.cancellation_accepted(order);
        }
    }

    /// Staff does it.
    async fn ship(&self, order: &str) {
        let parcel = json!({"tracking_number": format!("PARCEL-{order}")});
        let request = Request::post(format!("/orders/{order}/shipment"), parcel);
        self.town.staff.insist(&request).await;
    }

    /// Staff does it.
    async fn deliver(&self, order: &str) {
        let request = Request::post(format!("/orders/{order}/delivery"), json!({}));
        if let Reply::Done(_) = self.town.staff.insist(&request).await {
            self.town.witness.delivery_accepted(order);
        }
    }

    /// Asks for so much, or for all that is left; perhaps twice at once under the same key.
    async fn ask_money_back(&self, order: &str, name: &str, amount: Option<i64>, twice: bool) {
        let key = format!("{order}-{name}");
        self.town.witness.asks_money(&key, order);
        let mut body = json!({"reason": "did not fit"});
        if let Some((amount, body)) = amount.zip(body.as_object_mut()) {
            let money = json!({"minor_units": amount, "currency": "EUR"});
            body.insert("amount".to_owned(), money);
        }
        let request = Request::post(format!("/orders/{order}/refunds"), body).idempotency_key(&key);
        match twice {
            true => {
                join(self.claim(&key, &request), self.claim(&key, &request)).await;
            }
            false => self.claim(&key, &request).await,
        }
    }

    async fn claim(&self, key: &str, request: &Request) {
        let witness = &self.town.witness;
        match self.person.insist(request).await {
            Reply::Done(answer) => match refund(&answer) {
                Some((id, amount, _)) => witness.refund_accepted(key, &id, amount),
                None => self.odd(format!(
                    "refund key {key} was answered unreadably: {answer}"
                )),
            },
            Reply::Refused(problem) => witness.refund_refused(key, &problem),
            Reply::Unclear { .. } | Reply::Stranger => {}
        }
    }
}
