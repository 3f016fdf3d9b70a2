use kernel::{OrderId, UserId};
use operations::Action;
use serde_json::{Value, json};

use super::App;
use crate::domain::{Error, Event, Order, OrderRecord};
use crate::failure::Failure;
use crate::store::code;

/// A decision of staff, which is recorded in the transaction of the change.
#[derive(Debug, Clone, Copy)]
pub(super) struct StaffAct {
    /// `order.ship` and so on.
    pub(super) kind: &'static str,
    pub(super) by: UserId,
}

impl StaffAct {
    /// The record of what changed in an order.
    pub(super) fn action(self, before: &Order, after: &Order) -> Action {
        Action::new(self.kind, after.id.to_string(), self.by).changed(state(before), state(after))
    }
}

/// What a record shows of an order. A tracking number leads to an address, so it is not shown.
pub(super) fn state(order: &Order) -> Value {
    json!({
        "status": code(order.status),
        "step": order.step.map(code),
        "shipments": order.shipments,
    })
}

impl App {
    /// Commits a decision about an order; returns the changed order. A decision of staff is recorded with it.
    pub(super) async fn decide(
        &self,
        id: OrderId,
        staff: Option<StaffAct>,
        decide: impl Fn(&Order) -> Result<Vec<Event>, Error> + Clone + Send + Sync,
    ) -> Result<OrderRecord, Failure> {
        let (store, now) = (self.store.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let order = store.lock_one(conn, id).await?;
            let events = decide(&order)?;
            // A repeated call changes nothing.
            let act = staff.filter(|_| !events.is_empty());
            let before = order.clone();
            let change = store.save_one(conn, order, events, now).await?;
            if let Some(act) = act {
                operations::record(conn, &act.action(&before, &change.order)).await?;
            }
            Ok::<_, Failure>(change)
        });
        self.committed(&work.await?, now);
        let order = self.store.order(id).await?;
        Ok(order.ok_or(Error::OrderNotFound)?)
    }
}
