use kernel::OrderId;

use super::App;
use crate::domain::{Error, Event, Order, OrderRecord};
use crate::failure::Failure;

impl App {
    /// Commits a decision about an order; returns the changed order.
    pub(super) async fn decide(
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
