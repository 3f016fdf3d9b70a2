use chassis::auth::{Caller, caller};
use chassis::call::ClientNetwork;
use chassis::status::{FORBIDDEN, Reject};
use contracts::order::v1::order_service_server::OrderService;
use contracts::order::v1::{
    CancelOrderRequest, CancelOrderResponse, DeliverOrderRequest, DeliverOrderResponse,
    GetOrderRequest, GetOrderResponse, GetTimelineRequest, GetTimelineResponse, ListOrdersRequest,
    ListOrdersResponse, PlaceOrderRequest, PlaceOrderResponse, RequestRefundRequest,
    RequestRefundResponse, ShipOrderRequest, ShipOrderResponse,
};
use kernel::Groups;
use operations::Reason;
use prost::Message;
use sha2::{Digest, Sha256};
use tonic::{Request, Response};

use super::convert::{address, money, order, order_id, refund, status, summary, timeline, units};
use super::order_list::list_request;
use super::policy::{CANCEL_ANY_ORDER, READ_ANY_ORDER};
use super::{Answer, Orders};
use crate::app::{Operator, Viewer};
use crate::domain::{Checkout, RefundRequest};
use crate::failure::Failure;

#[tonic::async_trait]
impl OrderService for Orders {
    async fn place_order(&self, request: Request<PlaceOrderRequest>) -> Answer<PlaceOrderResponse> {
        let customer = caller(&request)?.user_id;
        let network = ClientNetwork::of(&request);
        let request = request.into_inner();
        let fingerprint = place_fingerprint(&request);
        let checkout = Checkout::new(
            request.idempotency_key,
            request.shipping_address.map(address),
            &request.payment_method,
            money(request.expected_total),
        )
        .map_err(Failure::from)?;
        let placed = self
            .0
            .place(customer, checkout, network, fingerprint)
            .await?;
        let order = Some(order(placed));
        Ok(Response::new(PlaceOrderResponse { order }))
    }

    async fn get_order(&self, request: Request<GetOrderRequest>) -> Answer<GetOrderResponse> {
        let viewer = viewer(&request, READ_ANY_ORDER)?;
        let id = order_id("id", &request.get_ref().id)?;
        let found = self.0.order(viewer, id).await?;
        let order = Some(order(found));
        Ok(Response::new(GetOrderResponse { order }))
    }

    async fn list_orders(&self, request: Request<ListOrdersRequest>) -> Answer<ListOrdersResponse> {
        let viewer = viewer(&request, READ_ANY_ORDER)?;
        let request = request.into_inner();
        if request.all_customers && !viewer.staff {
            let message = "only staff may list the orders of all customers";
            return Err(Reject::permission_denied(FORBIDDEN, message).into());
        }
        let list = list_request(request)?;
        let (orders, next) = self.0.orders(viewer, list).await?;
        Ok(Response::new(ListOrdersResponse {
            summaries: orders.into_iter().map(summary).collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn get_timeline(
        &self,
        request: Request<GetTimelineRequest>,
    ) -> Answer<GetTimelineResponse> {
        let viewer = viewer(&request, READ_ANY_ORDER)?;
        let request = request.into_inner();
        let id = order_id("id", &request.id)?;
        let (current, entries) = self.0.timeline(viewer, id, request.after).await?;
        Ok(Response::new(GetTimelineResponse {
            entries: entries.into_iter().map(timeline).collect(),
            status: status(current).into(),
        }))
    }

    async fn cancel_order(
        &self,
        request: Request<CancelOrderRequest>,
    ) -> Answer<CancelOrderResponse> {
        let viewer = viewer(&request, CANCEL_ANY_ORDER)?;
        let id = order_id("id", &request.get_ref().id)?;
        let changed = self.0.cancel(viewer, id).await?;
        let order = Some(order(changed));
        Ok(Response::new(CancelOrderResponse { order }))
    }

    async fn ship_order(&self, request: Request<ShipOrderRequest>) -> Answer<ShipOrderResponse> {
        let by = caller(&request)?.user_id;
        let request = request.into_inner();
        let id = order_id("id", &request.id)?;
        let shipped = self.0.ship(id, &request.tracking_number, by);
        let order = Some(order(shipped.await?));
        Ok(Response::new(ShipOrderResponse { order }))
    }

    async fn deliver_order(
        &self,
        request: Request<DeliverOrderRequest>,
    ) -> Answer<DeliverOrderResponse> {
        let by = caller(&request)?.user_id;
        let id = order_id("id", &request.get_ref().id)?;
        let order = Some(order(self.0.deliver(id, by).await?));
        Ok(Response::new(DeliverOrderResponse { order }))
    }

    async fn request_refund(
        &self,
        request: Request<RequestRefundRequest>,
    ) -> Answer<RequestRefundResponse> {
        let id = caller(&request)?.user_id;
        let request = request.into_inner();
        let fingerprint = refund_fingerprint(&request);
        let request = refund_request(request)?;
        let reason = Reason::parse(&request.reason).map_err(Failure::from)?;
        let operator = Operator { id, reason };
        let refunded = self.0.refund(operator, request, fingerprint).await?;
        let refund = Some(refund(refunded));
        Ok(Response::new(RequestRefundResponse { refund }))
    }
}

/// The caller. Staff in `groups` may act on the orders of all customers.
pub(super) fn viewer<T>(request: &Request<T>, groups: Groups) -> Result<Viewer, Reject> {
    let caller: Caller = caller(request)?;
    Ok(Viewer {
        user: caller.user_id,
        staff: caller.is_in(groups),
    })
}

fn refund_request(request: RequestRefundRequest) -> Result<RefundRequest, Failure> {
    let id = order_id("order_id", &request.order_id)?;
    let amount = money(request.amount);
    Ok(RefundRequest::new(
        id,
        request.idempotency_key,
        &units(request.lines),
        amount,
        &request.reason,
    )?)
}

/// Covers the request without its key. The cart and its prices are not part of it: they may change
/// between two requests with the same key.
fn place_fingerprint(request: &PlaceOrderRequest) -> [u8; 32] {
    fingerprint(&PlaceOrderRequest {
        idempotency_key: String::new(),
        ..request.clone()
    })
}

/// Covers the request without its key.
fn refund_fingerprint(request: &RequestRefundRequest) -> [u8; 32] {
    fingerprint(&RequestRefundRequest {
        idempotency_key: String::new(),
        ..request.clone()
    })
}

pub(super) fn fingerprint(request: &impl Message) -> [u8; 32] {
    Sha256::digest(request.encode_to_vec()).into()
}
