use kernel::{OrderId, Violations};

use super::{App, Viewer};
use crate::domain::{CancelReason, Error, Event, Order, OrderRecord};
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

    /// Hands an order to a carrier.
    pub(crate) async fn ship(&self, id: OrderId, tracking: &str) -> Result<OrderRecord, Failure> {
        let mut violations = Violations::new();
        violations.check_text("tracking_number", tracking, 1, 100);
        let tracking = violations.or(tracking.trim().to_owned())?;
        self.decide(id, move |order| order.ship(&tracking)).await
    }

    /// Records the delivery of the parcel.
    pub(crate) async fn deliver(&self, id: OrderId) -> Result<OrderRecord, Failure> {
        self.decide(id, |order| order.deliver()).await
    }

    /// Commits a decision about an order; returns the changed order.
    async fn decide(
        &self,
        id: OrderId,
        decide: impl Fn(&Order) -> Result<Vec<Event>, Error> + Clone + Send + Sync,
    ) -> Result<OrderRecord, Failure> {
        let (store, now) = (self.store.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let order = store.lock_one(conn, id).await?;
            let events = decide(&order)?;
            store.save_one(conn, order, events, now).await
        });
        self.committed(&work.await?, now);
        let order = self.store.order(id).await?;
        Ok(order.ok_or(Error::OrderNotFound)?)
    }
}
