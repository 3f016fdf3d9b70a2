use futures_util::future::join;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::api::{Request, Response};
use super::client::Client;
use super::order_state::{OrderState, refund};

impl Client {
    /// Waits until an accepted order is settled; some clients cancel it meanwhile.
    pub(super) async fn await_outcome(&self, order: &str) -> Option<OrderState> {
        match self.rng.percent(8) {
            true => join(self.watch(order), self.cancel_soon(order)).await.0,
            false => self.watch(order).await,
        }
    }

    /// Cancels or ships a confirmed order, both at the same time, or neither.
    pub(super) async fn after_checkout(&self, state: OrderState) {
        if !state.is("confirmed") {
            return;
        }
        let order = state.order.id.as_str();
        match self.rng.between(0, 99) {
            0..=9 => self.cancel(order).await,
            10..=13 => {
                join(self.cancel(order), self.ship(order)).await;
            }
            14..=59 => self.ship(order).await,
            _ => return,
        }
        let Some(state) = self.watch(order).await else {
            return;
        };
        if state.is("shipped") {
            self.after_shipment(state).await;
        }
    }

    /// Marks some shipped orders delivered; staff refund some.
    async fn after_shipment(&self, state: OrderState) {
        let order = state.order.id.as_str();
        if self.rng.percent(50) {
            self.deliver(order).await;
        }
        if !self.rng.percent(40) {
            self.read_order(order).await;
            return;
        }
        let total = state.order.total;
        let part = self.rng.between(1, total);
        let twice = self.rng.percent(30);
        self.request_refund(order, "part", Some(part), twice).await;
        self.watch(order).await;
        match self.rng.between(0, 9) {
            0..=3 => self.request_refund(order, "rest", None, false).await,
            4..=5 => self.request_refund(order, "more", Some(total), true).await,
            6 => {
                let one = self.request_refund(order, "one", None, false);
                let other = self.request_refund(order, "other", None, false);
                join(one, other).await;
            }
            7..=8 => self.return_unit(order, &state.sku).await,
            _ => return,
        }
        self.watch(order).await;
    }

    /// Asks for the return of one unit; staff approve it, twice at the same time.
    async fn return_unit(&self, order: &str, sku: &str) {
        let lines = json!([{"sku": sku, "quantity": 1}]);
        let body = json!({"lines": lines, "reason": "changed_mind"});
        let request = Request::post(format!("/orders/{order}/returns"), body);
        let request = request.idempotency_key(format!("{order}-return"));
        let Response::Done(answer) = self.account.retry(&request).await else {
            return;
        };
        let Some(id) = answer.get("id").and_then(Value::as_str) else {
            let anomaly = format!("return of order {order}: the answer is no return: {answer}");
            return self.shared.recorder.anomaly(anomaly);
        };
        // The key of the refund of a return.
        let key = format!("return {id}");
        self.shared.recorder.refund_requested(&key, order);
        let path = format!("/staff/returns/{id}/approval");
        let request = Request::post(path, json!({"note": "received"}));
        join(self.approve(&key, &request), self.approve(&key, &request)).await;
    }

    /// As staff.
    async fn approve(&self, key: &str, request: &Request) {
        let recorder = &self.shared.recorder;
        match self.shared.staff.retry(request).await {
            Response::Done(answer) => {
                let refund = answer.get("refund_id").and_then(Value::as_str);
                let amount = answer.pointer("/amount/minor_units");
                let amount = amount.and_then(Value::as_i64);
                // Without an amount that is left, there is no refund.
                if let Some((refund, amount)) = refund.zip(amount) {
                    recorder.refund_accepted(key, refund, amount);
                }
            }
            Response::Refused(problem) => recorder.refund_refused(key, &problem),
            Response::Unknown { .. } | Response::TokenRejected => {}
        }
    }

    async fn cancel_soon(&self, order: &str) {
        sleep(self.rng.pause(0, 700)).await;
        self.cancel(order).await;
    }

    async fn cancel(&self, order: &str) {
        let request = Request::post(format!("/orders/{order}/cancellation"), json!({}));
        if let Response::Done(_) = self.account.retry(&request).await {
            self.shared.recorder.cancellation_accepted(order);
        }
    }

    /// As staff.
    async fn ship(&self, order: &str) {
        let parcel = json!({"tracking_number": format!("PARCEL-{order}")});
        let request = Request::post(format!("/staff/orders/{order}/shipment"), parcel);
        self.shared.staff.retry(&request).await;
    }

    /// As staff.
    async fn deliver(&self, order: &str) {
        let request = Request::post(format!("/staff/orders/{order}/delivery"), json!({}));
        if let Response::Done(_) = self.shared.staff.retry(&request).await {
            self.shared.recorder.delivery_accepted(order);
        }
    }

    /// As staff: requests a refund of `amount` minor units, or of all that is left; `twice`: two attempts at
    /// the same time under the same key.
    async fn request_refund(&self, order: &str, name: &str, amount: Option<i64>, twice: bool) {
        let key = format!("{order}-{name}");
        self.shared.recorder.refund_requested(&key, order);
        let mut body = json!({"reason": "did not fit"});
        if let Some((amount, body)) = amount.zip(body.as_object_mut()) {
            let money = json!({"minor_units": amount, "currency": "EUR"});
            body.insert("amount".to_owned(), money);
        }
        let request =
            Request::post(format!("/staff/orders/{order}/refunds"), body).idempotency_key(&key);
        let send = || self.send_refund_request(&key, &request);
        match twice {
            true => {
                join(send(), send()).await;
            }
            false => send().await,
        }
    }

    async fn send_refund_request(&self, key: &str, request: &Request) {
        let recorder = &self.shared.recorder;
        match self.shared.staff.retry(request).await {
            Response::Done(answer) => match refund(&answer) {
                Some((id, amount, _)) => recorder.refund_accepted(key, &id, amount),
                None => recorder.anomaly(format!(
                    "refund key {key}: the answer is no refund: {answer}"
                )),
            },
            Response::Refused(problem) => recorder.refund_refused(key, &problem),
            Response::Unknown { .. } | Response::TokenRejected => {}
        }
    }
}
