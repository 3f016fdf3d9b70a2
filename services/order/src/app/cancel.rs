use kernel::OrderId;

use super::{App, Viewer};
use crate::domain::{CancelReason, OrderRecord};
use crate::failure::Failure;

impl App {
    /// Cancels an order.
    pub(crate) async fn cancel(&self, viewer: Viewer, id: OrderId) -> Result<OrderRecord, Failure> {
        let reason = match self.visible_to(viewer, id).await? {
            owner if owner == viewer.user => CancelReason::ByCustomer,
            _ => CancelReason::ByStaff,
        };
        self.decide(id, move |order| order.cancel(reason)).await
    }
}
