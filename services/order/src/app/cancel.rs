use kernel::OrderId;

use super::decide::StaffAct;
use super::{App, Viewer};
use crate::domain::{CancelReason, OrderRecord};
use crate::failure::Failure;

impl App {
    /// Cancels an order.
    pub(crate) async fn cancel(&self, viewer: Viewer, id: OrderId) -> Result<OrderRecord, Failure> {
        let (reason, act) = match self.visible_to(viewer, id).await? {
            owner if owner == viewer.user => (CancelReason::ByCustomer, None),
            _ => {
                let act = StaffAct {
                    kind: "order.cancel",
                    by: viewer.user,
                };
                (CancelReason::ByStaff, Some(act))
            }
        };
        self.decide(id, act, move |order| order.cancel(reason))
            .await
    }
}
