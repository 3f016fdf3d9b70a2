//! From the warehouse to the customer: shipment and delivery.

use kernel::{OrderId, Violations};

use super::App;
use crate::domain::OrderRecord;
use crate::failure::Failure;

impl App {
    /// Hands an order to a carrier.
    pub(crate) async fn ship(&self, id: OrderId, tracking: &str) -> Result<OrderRecord, Failure> {
        let mut violations = Violations::new();
        let tracking = violations.code("tracking_number", tracking, 1..=100);
        let tracking = violations.or(tracking)?;
        self.decide(id, move |order| order.ship(&tracking)).await
    }

    /// Records the delivery of the parcel.
    pub(crate) async fn deliver(&self, id: OrderId) -> Result<OrderRecord, Failure> {
        self.decide(id, |order| order.deliver()).await
    }
}
