//! Carts and orders of a test, through the RPCs.

use contracts::order::v1::*;
use contracts::types::v1::PostalAddress;
use testkit::eventually;
use tonic::{Request, Status};

use super::{App, Person};

impl App {
    /// Sets the quantity of a SKU in a customer's cart.
    pub(crate) async fn put(&mut self, person: &Person, sku: &str, quantity: u32) -> Cart {
        let request = SetItemRequest {
            guest_token: String::new(),
            sku: sku.to_owned(),
            quantity,
        };
        let answer = self.carts.set_item(person.request(request)).await.unwrap();
        answer.into_inner().cart.unwrap()
    }

    pub(crate) async fn cart(&mut self, person: &Person, country: &str) -> Cart {
        let request = GetCartRequest {
            guest_token: String::new(),
            country: country.to_owned(),
        };
        let answer = self.carts.get_cart(person.request(request)).await.unwrap();
        answer.into_inner().cart.unwrap()
    }

    /// Sets the quantity of a SKU in a guest's cart; without a token, in a new one.
    pub(crate) async fn guest_sets(&mut self, token: &str, sku: &str, quantity: u32) -> Cart {
        let request = SetItemRequest {
            guest_token: token.to_owned(),
            sku: sku.to_owned(),
            quantity,
        };
        let answer = self.carts.set_item(Request::new(request)).await.unwrap();
        answer.into_inner().cart.unwrap()
    }

    pub(crate) async fn guest_cart(&mut self, token: &str) -> Cart {
        let request = GetCartRequest {
            guest_token: token.to_owned(),
            country: String::new(),
        };
        let answer = self.carts.get_cart(Request::new(request)).await.unwrap();
        answer.into_inner().cart.unwrap()
    }

    pub(crate) async fn place(
        &mut self,
        person: &Person,
        request: PlaceOrderRequest,
    ) -> Result<Order, Status> {
        let answer = self.orders.place_order(person.request(request)).await?;
        Ok(answer.into_inner().order.unwrap())
    }

    /// An order of two bags of coffee, placed by a new customer.
    pub(crate) async fn placed(&mut self) -> (Person, Order) {
        let person = self.customer();
        self.put(&person, "COFFEE", 2).await;
        let order = self.place(&person, checkout("key")).await.unwrap();
        (person, order)
    }

    /// The same, until the order is confirmed.
    pub(crate) async fn confirmed(&mut self) -> (Person, Order) {
        let (person, order) = self.placed().await;
        self.participants.confirm(&order.id).await;
        let order = self.order(&person, &order.id).await;
        assert_eq!(order.status(), OrderStatus::Confirmed);
        (person, order)
    }

    /// The same, until the order is shipped.
    pub(crate) async fn shipped(&mut self) -> (Person, Order) {
        let (person, order) = self.confirmed().await;
        self.ship(&order.id, "TRACK-1").await.unwrap();
        self.participants.capture(&order.id, total(&order)).await;
        let order = self
            .wait_for(&person, &order.id, OrderStatus::Shipped)
            .await;
        (person, order)
    }

    pub(crate) async fn order(&mut self, person: &Person, id: &str) -> Order {
        let request = GetOrderRequest { id: id.to_owned() };
        let answer = self
            .orders
            .get_order(person.request(request))
            .await
            .unwrap();
        answer.into_inner().order.unwrap()
    }

    /// Waits until the order has this status and nothing is in progress.
    pub(crate) async fn wait_for(
        &mut self,
        person: &Person,
        id: &str,
        status: OrderStatus,
    ) -> Order {
        let what = format!("{} in {}", id, status.as_str_name());
        eventually(&what, async || {
            let order = self.order(person, id).await;
            (order.status() == status && !order.in_progress).then_some(order)
        })
        .await
    }

    pub(crate) async fn cancel(&mut self, person: &Person, id: &str) -> Result<Order, Status> {
        let request = CancelOrderRequest { id: id.to_owned() };
        let answer = self.orders.cancel_order(person.request(request)).await?;
        Ok(answer.into_inner().order.unwrap())
    }

    pub(crate) async fn ship(&mut self, id: &str, tracking: &str) -> Result<Order, Status> {
        let request = ShipOrderRequest {
            id: id.to_owned(),
            tracking_number: tracking.to_owned(),
        };
        let answer = self
            .orders
            .ship_order(self.staff().request(request))
            .await?;
        Ok(answer.into_inner().order.unwrap())
    }

    /// The entries of the timeline, as `service kind`.
    pub(crate) async fn timeline(&mut self, person: &Person, id: &str) -> Vec<String> {
        let request = GetTimelineRequest {
            id: id.to_owned(),
            after: 0,
        };
        let answer = self
            .orders
            .get_timeline(person.request(request))
            .await
            .unwrap();
        let entries = answer.into_inner().entries;
        assert!(
            entries
                .iter()
                .all(|entry| !entry.message.is_empty() && entry.at.is_some())
        );
        let entries = entries.into_iter();
        entries
            .map(|entry| format!("{} {}", entry.service, entry.kind))
            .collect()
    }
}

/// SKU and quantity of each line that can be sold.
pub(crate) fn lines(cart: &Cart) -> Vec<(&str, u32)> {
    let lines = cart.lines.iter();
    lines
        .map(|line| (line.sku.as_str(), line.quantity))
        .collect()
}

/// SKU, quantity and reason of each line that cannot be sold.
pub(crate) fn unsellable(cart: &Cart) -> Vec<(&str, u32, LineReason)> {
    excluded(&cart.unsellable)
}

pub(crate) fn excluded(lines: &[ExcludedLine]) -> Vec<(&str, u32, LineReason)> {
    let lines = lines.iter();
    lines
        .map(|line| (line.sku.as_str(), line.quantity, line.reason()))
        .collect()
}

pub(crate) fn address() -> PostalAddress {
    PostalAddress {
        recipient: "Ada Lovelace".to_owned(),
        line1: "Hauptstr. 1".to_owned(),
        line2: String::new(),
        city: "Ulm".to_owned(),
        region: String::new(),
        postal_code: "89073".to_owned(),
        country: "DE".to_owned(),
    }
}

/// A valid request to order the cart.
pub(crate) fn checkout(key: &str) -> PlaceOrderRequest {
    PlaceOrderRequest {
        idempotency_key: key.to_owned(),
        shipping_address: Some(address()),
        payment_method: "pm_card_visa".to_owned(),
        expected_total: None,
    }
}

pub(crate) fn total(order: &Order) -> kernel::Money {
    let total = order.totals.clone().unwrap().total.unwrap();
    total.try_into().unwrap()
}
