//! Use cases of operators: list, read, retry and compensate sagas.

use kernel::{Money, OrderId, ReturnId, UserId};
use operations::{Action, Reason};
use serde_json::json;
use tokens::List;

use super::App;
use super::decide::state;
use super::orders::page_size;
use crate::domain::{Error, Order, SagaRecord, SagaState, SoldOrder};
use crate::failure::Failure;
use crate::store::{SagaPage, code};

/// Who acts, and why.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) id: UserId,
    pub(crate) reason: Reason,
}

impl Operator {
    /// The audit record of an action, with the order as it was before and what changed.
    fn action(&self, kind: &'static str, order: &Order, after: &Order) -> Action {
        // Only codes and numbers: nothing to escape.
        let detail = format!(
            r#"{{"status":"{}","step":"{}","attempts":{}}}"#,
            code(order.status),
            order.step.map_or("", code),
            order.attempts
        );
        Action::new(kind, order.id.to_string(), self.id)
            .reason(self.reason.clone())
            .detail(detail)
            .changed(state(order), state(after))
    }

    /// Refuses decisions of staff about money of their own orders.
    ///
    /// # Errors
    /// The order is the operator's.
    pub(super) fn check_not_own(&self, sold: &SoldOrder) -> Result<(), Error> {
        match sold.order.customer_id == self.id {
            true => Err(Error::OwnOrder),
            false => Ok(()),
        }
    }

    /// The audit record of a decision about money or units of a sold order, with what was left before.
    pub(super) fn on_sold(
        &self,
        kind: &'static str,
        sold: &SoldOrder,
        return_id: Option<ReturnId>,
        amount: Option<Money>,
    ) -> Result<Action, Error> {
        let left = sold.left()?.minor_units();
        let amount = amount.map_or(0, Money::minor_units);
        let before = json!({"left_minor_units": left});
        let after = json!({
            "left_minor_units": left.saturating_sub(amount),
            "amount_minor_units": amount,
            "currency": sold.order.total.currency().to_string(),
            "return_id": return_id,
        });
        Ok(Action::new(kind, sold.order.id.to_string(), self.id)
            .reason(self.reason.clone())
            .changed(before, after))
    }
}

/// Which sagas to list.
#[derive(Debug)]
pub(crate) struct SagaList {
    /// None for all that are in flight.
    pub(crate) state: Option<SagaState>,
    pub(crate) page_size: u32,
    pub(crate) page_token: String,
}

impl App {
    /// A page of sagas and refunds in flight, oldest first, and the token of the next page.
    pub(crate) async fn sagas(
        &self,
        list: SagaList,
    ) -> Result<(Vec<SagaRecord>, Option<String>), Failure> {
        let pages = List::new("order.v1.SagaService/ListSagas", &list.state);
        let after = self.pages.after(&pages, &list.page_token);
        let page = SagaPage {
            state: list.state,
            after: after.map_err(Error::from)?,
            size: page_size(list.page_size)?,
        };
        let (sagas, more) = self.store.sagas(page).await?;
        let last = sagas.last().filter(|_| more);
        let last = last.and_then(|last| Some((last.since?, last.id)));
        Ok((sagas, last.map(|last| self.pages.next(&pages, &last))))
    }

    /// The saga of an order, or its oldest open refund if the saga is idle.
    pub(crate) async fn saga(&self, id: OrderId) -> Result<SagaRecord, Failure> {
        let saga = self.store.saga(id).await?;
        Ok(saga.ok_or(Error::OrderNotFound)?)
    }

    /// Requests the awaited step and all open refunds of an order again, at once.
    pub(crate) async fn retry(
        &self,
        id: OrderId,
        operator: Operator,
    ) -> Result<SagaRecord, Failure> {
        let (store, now) = (self.store.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let order = store.lock_one(conn, id).await?;
            let events = order.retry(store.open_refunds(conn, id).await?)?;
            let before = order.clone();
            let change = store.save_one(conn, order, events, now).await?;
            let action = operator.action("saga.retry", &before, &change.order);
            operations::record(conn, &action).await?;
            Ok::<_, Failure>(change)
        });
        self.committed(&work.await?, now);
        self.saga(id).await
    }

    /// Gives a checkout up and undoes it.
    pub(crate) async fn compensate(
        &self,
        id: OrderId,
        operator: Operator,
    ) -> Result<SagaRecord, Failure> {
        let (store, now) = (self.store.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let order = store.lock_one(conn, id).await?;
            let events = order.compensate()?;
            let before = order.clone();
            let change = store.save_one(conn, order, events, now).await?;
            let action = operator.action("saga.compensate", &before, &change.order);
            operations::record(conn, &action).await?;
            Ok::<_, Failure>(change)
        });
        self.committed(&work.await?, now);
        self.saga(id).await
    }
}
