use contracts::convert::timestamp;
use contracts::order::v1::{
    CancelOrderRequest, DeliverOrderRequest, GetOrderRequest, GetTimelineRequest,
    ListOrdersRequest, OrderStatus as ProtoStatus, PlaceOrderRequest, RequestRefundRequest,
    ShipOrderRequest, order_service_client::OrderServiceClient,
};
use kernel::OrderId;
use upstream::Upstream;

use super::client::Client;
use crate::{
    edge::problem::Problem,
    model::{
        Checkout, Order, OrderFilter, OrderProgress, Orders, PageRequest, Refund, RefundRequest,
        Shipment, Timeline, required,
    },
};

mod cart;
mod discount;
mod returns;
mod saga;

pub(crate) use cart::CartClient;
pub(crate) use discount::DiscountClient;
pub(crate) use returns::ReturnClient;
pub(crate) use saga::SagaClient;

/// Orders and refunds.
pub(crate) type OrderClient<'a> = Client<'a, OrderServiceClient<Upstream>>;

impl OrderClient<'_> {
    /// Places an order for the caller's cart. The same key with the same checkout returns the same order.
    pub(crate) async fn place(
        mut self,
        idempotency_key: String,
        checkout: Checkout,
    ) -> Result<Order, Problem> {
        let request = PlaceOrderRequest {
            idempotency_key,
            shipping_address: Some(checkout.shipping_address.into()),
            payment_method: checkout.payment_method.unwrap_or_default(),
            expected_total: checkout.expected_total.map(Into::into),
        };
        let reply = self.call.run(self.rpc.place_order(request)).await?;
        let order = Order::try_from(required(reply.order, "PlaceOrderResponse.order")?)?;
        chassis::telemetry::correlate(order.id);
        Ok(order)
    }

    /// One page of orders.
    pub(crate) async fn list(
        mut self,
        filter: OrderFilter,
        page: PageRequest,
    ) -> Result<Orders, Problem> {
        let status = filter.status.map(ProtoStatus::from);
        let request = ListOrdersRequest {
            page_size: page.size,
            page_token: page.token.unwrap_or_default(),
            status: status.unwrap_or_default().into(),
            all_customers: filter.all_customers,
            number: filter.number.unwrap_or_default(),
            since: filter.since.map(timestamp),
            until: filter.until.map(timestamp),
            customer_id: filter
                .customer_id
                .map_or_else(String::new, |id| id.to_string()),
        };
        let reply = self.call.run(self.rpc.list_orders(request)).await?;
        reply.try_into()
    }

    /// One order.
    pub(crate) async fn get(mut self, id: OrderId) -> Result<Order, Problem> {
        let request = GetOrderRequest { id: id.to_string() };
        let reply = self.call.run(self.rpc.get_order(request)).await?;
        required(reply.order, "GetOrderResponse.order")?.try_into()
    }

    /// The timeline of an order.
    pub(crate) async fn timeline(mut self, id: OrderId) -> Result<Timeline, Problem> {
        let request = GetTimelineRequest {
            id: id.to_string(),
            after: 0,
        };
        let reply = self.call.run(self.rpc.get_timeline(request)).await?;
        reply.try_into()
    }

    /// The status of an order, and its timeline after a position.
    pub(crate) async fn progress(
        mut self,
        id: OrderId,
        after: u32,
    ) -> Result<OrderProgress, Problem> {
        let id = id.to_string();
        let request = GetTimelineRequest { id, after };
        let reply = self.call.run(self.rpc.get_timeline(request)).await?;
        reply.try_into()
    }

    /// Cancels an order.
    pub(crate) async fn cancel(mut self, id: OrderId) -> Result<Order, Problem> {
        let request = CancelOrderRequest { id: id.to_string() };
        let reply = self.call.run(self.rpc.cancel_order(request)).await?;
        required(reply.order, "CancelOrderResponse.order")?.try_into()
    }

    /// Captures the payment and marks the order shipped.
    pub(crate) async fn ship(mut self, id: OrderId, shipment: Shipment) -> Result<Order, Problem> {
        let request = ShipOrderRequest {
            id: id.to_string(),
            tracking_number: shipment.tracking_number,
        };
        let reply = self.call.run(self.rpc.ship_order(request)).await?;
        required(reply.order, "ShipOrderResponse.order")?.try_into()
    }

    /// Marks an order delivered.
    pub(crate) async fn deliver(mut self, id: OrderId) -> Result<Order, Problem> {
        let request = DeliverOrderRequest { id: id.to_string() };
        let reply = self.call.run(self.rpc.deliver_order(request)).await?;
        required(reply.order, "DeliverOrderResponse.order")?.try_into()
    }

    /// Requests a refund. The same key with the same request returns the same refund.
    pub(crate) async fn request_refund(
        mut self,
        id: OrderId,
        idempotency_key: String,
        refund: RefundRequest,
    ) -> Result<Refund, Problem> {
        let request = RequestRefundRequest {
            order_id: id.to_string(),
            idempotency_key,
            amount: refund.amount.map(Into::into),
            reason: refund.reason,
            lines: refund.lines.into_iter().map(Into::into).collect(),
        };
        let reply = self.call.run(self.rpc.request_refund(request)).await?;
        required(reply.refund, "RequestRefundResponse.refund")?.try_into()
    }
}
