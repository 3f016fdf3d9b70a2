use kernel::{OrderId, UserId};

use super::Shop;
use crate::domain::Error;
use crate::domain::order::{By, Status};
use crate::domain::record::{OrderRecord, RefundRecord, TimelineRecord};
use crate::domain::refund::RefundRequest;
use crate::failure::Failure;
use crate::store::{NewRefund, PageRequest};

/// The most entries of a page, and how many it has if nobody says.
const PAGE_MAX: u32 = 100;
const PAGE_DEFAULT: u32 = 20;

/// Who wants to see or change an order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewer {
    pub(crate) user: UserId,
    pub(crate) staff: bool,
}

/// What somebody asks a list for.
#[derive(Debug)]
pub(crate) struct ListRequest {
    pub(crate) page_size: u32,
    pub(crate) page_token: String,
    pub(crate) status: Option<Status>,
    pub(crate) all_customers: bool,
}

impl Shop {
    /// One order; to a stranger it does not exist.
    pub(crate) async fn order(&self, viewer: Viewer, id: OrderId) -> Result<OrderRecord, Failure> {
        let order = self.store.order(id).await?;
        let order = order.filter(|order| viewer.staff || order.customer_id == viewer.user);
        Ok(order.ok_or(Error::OrderNotFound)?)
    }

    /// A page of orders, newest first, and the token of the next one. Staff alone may see everybody's:
    /// the caller has checked that.
    pub(crate) async fn orders(
        &self,
        viewer: Viewer,
        request: ListRequest,
    ) -> Result<(Vec<OrderRecord>, Option<String>), Failure> {
        let size = page_size(request.page_size)?;
        let after = match request.page_token.as_str() {
            "" => None,
            token => Some(token.parse().map_err(|_| Error::PageTokenInvalid)?),
        };
        let page = PageRequest {
            customer: (!request.all_customers).then_some(viewer.user),
            status: request.status,
            after,
            size,
        };
        let (orders, more) = self.store.orders(page).await?;
        let next = orders
            .last()
            .filter(|_| more)
            .map(|order| order.id.to_string());
        Ok((orders, next))
    }

    /// What happened to an order.
    pub(crate) async fn timeline(
        &self,
        viewer: Viewer,
        id: OrderId,
    ) -> Result<Vec<TimelineRecord>, Failure> {
        self.may_see(viewer, id).await?;
        self.store.timeline(id).await
    }

    /// Calls an order off.
    pub(crate) async fn cancel(&self, viewer: Viewer, id: OrderId) -> Result<OrderRecord, Failure> {
        let by = match self.may_see(viewer, id).await? {
            owner if owner == viewer.user => By::Customer,
            _ => By::Staff,
        };
        self.decide(id, move |order| order.cancel(by)).await
    }

    /// Hands an order to a carrier.
    pub(crate) async fn ship(&self, id: OrderId, tracking: &str) -> Result<OrderRecord, Failure> {
        let mut violations = kernel::Violations::new();
        violations.check_text("tracking_number", tracking, 1, 100);
        let tracking = violations.or(tracking.trim().to_owned())?;
        self.decide(id, move |order| order.ship(&tracking)).await
    }

    /// Notes that a parcel has arrived.
    pub(crate) async fn deliver(&self, id: OrderId) -> Result<OrderRecord, Failure> {
        self.decide(id, |order| order.deliver()).await
    }

    /// Asks for money back.
    pub(crate) async fn refund(
        &self,
        viewer: Viewer,
        request: RefundRequest,
        fingerprint: [u8; 32],
    ) -> Result<RefundRecord, Failure> {
        self.may_see(viewer, request.order_id).await?;
        let new = NewRefund {
            request,
            fingerprint,
        };
        let refund = self.store.request_refund(new, self.clock.now()).await?;
        self.outbox.wake();
        Ok(refund)
    }

    /// Whose order it is, if the viewer may know that it exists.
    async fn may_see(&self, viewer: Viewer, id: OrderId) -> Result<UserId, Failure> {
        let customer = self.store.customer_of(id).await?;
        let customer = customer.filter(|customer| viewer.staff || *customer == viewer.user);
        Ok(customer.ok_or(Error::OrderNotFound)?)
    }
}

/// How many of a list to show.
pub(super) fn page_size(asked: u32) -> Result<u32, Failure> {
    match asked {
        0 => Ok(PAGE_DEFAULT),
        size if size <= PAGE_MAX => Ok(size),
        _ => {
            let message = format!("must be 1 to {PAGE_MAX}");
            Err(kernel::Violations::one("page_size", message).into())
        }
    }
}
