use kernel::{OrderId, UserId};
use tokens::List;
use uuid::Uuid;

use super::App;
use crate::domain::{Error, OrderFilter, OrderRecord, OrderSummary, Status, TimelineRecord};
use crate::failure::Failure;
use crate::store::PageRequest;

/// The most entries of a page, and its default size.
const PAGE_MAX: u32 = 100;
const PAGE_DEFAULT: u32 = 20;

/// Who sees or changes an order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewer {
    pub(crate) user: UserId,
    pub(crate) staff: bool,
}

/// Which orders to list.
#[derive(Debug)]
pub(crate) struct ListRequest {
    pub(crate) page_size: u32,
    pub(crate) page_token: String,
    pub(crate) filter: OrderFilter,
    pub(crate) all_customers: bool,
    /// Only of this account; with `all_customers`.
    pub(crate) customer: Option<UserId>,
}

impl App {
    /// One order; to other customers it does not exist.
    pub(crate) async fn order(&self, viewer: Viewer, id: OrderId) -> Result<OrderRecord, Failure> {
        let order = self.store.order(id).await?;
        let order = order.filter(|order| viewer.staff || order.customer_id == viewer.user);
        Ok(order.ok_or(Error::OrderNotFound)?)
    }

    /// A page of orders, newest first, and the token of the next one. The caller has checked that only
    /// staff see all customers' orders.
    pub(crate) async fn orders(
        &self,
        viewer: Viewer,
        request: ListRequest,
    ) -> Result<(Vec<OrderSummary>, Option<String>), Failure> {
        let size = page_size(request.page_size)?;
        let customer = match request.all_customers {
            true => request.customer,
            false => Some(viewer.user),
        };
        let list = List::new(
            "order.v1.OrderService/ListOrders",
            &(request.all_customers, customer, &request.filter),
        );
        let after = self.pages.after(&list, &request.page_token);
        let page = PageRequest {
            customer,
            filter: request.filter,
            after: after.map_err(Error::from)?.map(Uuid::into),
            size,
        };
        let (orders, more) = self.store.orders(page).await?;
        let last = orders.last().filter(|_| more);
        let next = last.map(|last| self.pages.next(&list, &last.id.as_uuid()));
        Ok((orders, next))
    }

    /// The status of an order, and its timeline after the first `after` entries. The status is read first, so the entry
    /// that ends an order is there if the status says so.
    pub(crate) async fn timeline(
        &self,
        viewer: Viewer,
        id: OrderId,
        after: u32,
    ) -> Result<(Status, Vec<TimelineRecord>), Failure> {
        let found = self.store.customer_and_status_of(id).await?;
        let found = found.filter(|(customer, _)| viewer.staff || *customer == viewer.user);
        let (_, status) = found.ok_or(Error::OrderNotFound)?;
        Ok((status, self.store.timeline(id, after).await?))
    }

    /// Gives numbers to the orders that have none. Any number of replicas may run it.
    pub(crate) async fn number_orders(&self) -> Result<(), Failure> {
        while self.store.number_orders().await? > 0 {}
        Ok(())
    }

    /// The order's customer, if the viewer may see the order.
    pub(super) async fn visible_to(&self, viewer: Viewer, id: OrderId) -> Result<UserId, Failure> {
        let customer = self.store.customer_of(id).await?;
        let customer = customer.filter(|customer| viewer.staff || *customer == viewer.user);
        Ok(customer.ok_or(Error::OrderNotFound)?)
    }
}

/// The size of a page.
pub(super) fn page_size(requested: u32) -> Result<u32, Failure> {
    match requested {
        0 => Ok(PAGE_DEFAULT),
        size if size <= PAGE_MAX => Ok(size),
        _ => {
            let message = format!("must be 1 to {PAGE_MAX}");
            Err(kernel::Violations::one("page_size", message).into())
        }
    }
}
