//! From the warehouse to the customer: shipment and delivery.

use kernel::{OrderId, UserId, Violations, values};

use super::App;
use super::decide::StaffAct;
use crate::domain::OrderRecord;
use crate::failure::Failure;

impl App {
    /// Hands an order to a carrier.
    pub(crate) async fn ship(
        &self,
        id: OrderId,
        tracking: &str,
        by: UserId,
    ) -> Result<OrderRecord, Failure> {
        let mut violations = Violations::new();
        let tracking = violations.value("tracking_number", tracking, values::TRACKING_NUMBER);
        let tracking = violations.or(tracking)?;
        let act = StaffAct {
            kind: "order.ship",
            by,
        };
        self.decide(id, Some(act), move |order| order.ship(&tracking))
            .await
    }

    /// Records the delivery of the parcel.
    pub(crate) async fn deliver(&self, id: OrderId, by: UserId) -> Result<OrderRecord, Failure> {
        let act = StaffAct {
            kind: "order.deliver",
            by,
        };
        self.decide(id, Some(act), |order| order.deliver()).await
    }
}
