use kernel::OrderId;

use super::{
    answer::{Answer, accepted, created, ok, page},
    request::{Body, IdempotencyKey, PageLinks, Query, Segment},
};
use crate::{
    edge::problem::{Problem, reasons},
    model::{Checkout, Order, OrderFilter, OrderStatus, Orders, Shipment, TIME, Time, Timeline},
    upstreams::Upstreams,
};

/// Place an order
///
/// Places an order for the caller's cart. The order is `pending` and the checkout continues
/// asynchronously: read the order or its timeline to follow it. A repeated request with the same
/// `Idempotency-Key` and body returns the same order. If the order is rejected, its lines and its discount code are back
/// in the cart, and can be ordered again under a new key.
#[utoipa::path(post, path = "/api/v1/orders", tag = "Orders", request_body = Checkout,
    params(("Idempotency-Key" = String, Header, description = "Chosen by the client, one per order", example = "0198c0de-6c1f-7b7e-8d3c-5f3b1c1d2e3f", pattern = "^[!-~]{1,255}$")),
    responses((status = 201, description = "The order as it was placed", body = Order,
        headers(("Location" = String, description = "The URL of the order")))),
    extensions(("x-problems" = json!(["IDEMPOTENCY_KEY_MISSING", "IDEMPOTENCY_KEY_INVALID", "IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_KEY_IN_USE", "CART_EMPTY", "CART_NOT_SELLABLE", "CURRENCY_MISMATCH", "TOTAL_CHANGED", "DISCOUNT_INVALID", "DESTINATION_NOT_SERVED", "VALIDATION_FAILED", "CART_CHANGED", "AMOUNT_TOO_LARGE", "PAYMENT_METHOD_UNKNOWN", "TOO_MANY_DECLINES"]))))]
pub(crate) async fn place(
    upstreams: Upstreams,
    IdempotencyKey(key): IdempotencyKey,
    Body(checkout): Body<Checkout>,
) -> Answer {
    let order = upstreams.order().place(key, checkout).await?;
    created(format!("/api/v1/orders/{}", order.id), &order)
}

/// List orders
///
/// Summaries of the caller's orders, newest first. Staff can list the orders of all customers. All filters must match.
#[utoipa::path(get, path = "/api/v1/orders", tag = "Orders",
    params(
        ("status" = Option<OrderStatus>, Query, description = "Only orders with this status"),
        ("number" = Option<String>, Query, description = "Only the order with this number, in any case, with or without hyphens", example = "K7M4-2Q9X-0", pattern = "^[0-9A-Za-z-]{9,20}$"),
        ("since" = Option<Time>, Query, description = "Only orders that were placed from this time on (RFC 3339)"),
        ("until" = Option<Time>, Query, description = "Only orders that were placed before this time (RFC 3339)"),
        ("all_customers" = Option<bool>, Query, description = "Orders of all customers; staff only"),
        ("email" = Option<String>, Query, description = "With `all_customers`: only orders of the account with this e-mail address; for support and finance. In ASCII: the domain as in DNS", example = "ada@example.com", max_length = 254,
            pattern = r"^(?![^@]{65})[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"),
        ("page_size" = Option<u32>, Query, description = "Orders per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page")),
    responses((status = 200, description = "One page",
        headers(("Link" = String, description = "The URLs of the first and the next page (RFC 8288)")), body = Orders)),
    extensions(("x-problems" = json!(["PAGE_TOKEN_INVALID", "VALIDATION_FAILED", "FORBIDDEN"]))))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let wanted = query.page();
    let email = query.text("email");
    let mut filter = OrderFilter {
        status: query.choice("status", &OrderStatus::NAMES),
        all_customers: query.flag("all_customers"),
        number: query.text("number"),
        since: query.parsed("since", TIME),
        until: query.parsed("until", TIME),
        customer_id: None,
    };
    let links = query.finish()?;
    if let Some(email) = email {
        if !filter.all_customers {
            let missing = ("email".to_owned(), "needs all_customers=true".to_owned());
            return Err(Problem::new(&reasons::QUERY_INVALID).fields(vec![missing]));
        }
        filter.customer_id = upstreams.user().find_account(email).await?;
        if filter.customer_id.is_none() {
            return page(&links, None, &Orders::default());
        }
    }
    let listed = upstreams.order().list(filter, wanted).await?;
    page(&links, listed.next_page_token.as_deref(), &listed)
}

/// Read an order
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "Orders",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 200, description = "The order", body = Order)),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(id): Segment<OrderId>) -> Answer {
    ok(&upstreams.order().get(id).await?)
}

/// Read an order's timeline
///
/// The events of the order so far, across the services.
#[utoipa::path(get, path = "/api/v1/orders/{id}/timeline", tag = "Orders",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 200, description = "Oldest first", headers(("Link" = String, description = "The URL of the list, which has one page (RFC 8288)")), body = Timeline)),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND"]))))]
pub(crate) async fn timeline(
    upstreams: Upstreams,
    links: PageLinks,
    Segment(id): Segment<OrderId>,
) -> Answer {
    page(&links, None, &upstreams.order().timeline(id).await?)
}

/// Cancel an order
///
/// Possible while it is pending or confirmed. Voids the authorization and releases the stock; read the order to follow it.
#[utoipa::path(post, path = "/api/v1/orders/{id}/cancellation", tag = "Orders",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 202, description = "The order, `in_progress` until everything is undone", body = Order,
        headers(("Location" = String, description = "The URL of the order")))),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND", "ORDER_NOT_CANCELLABLE"]))))]
pub(crate) async fn cancel(upstreams: Upstreams, Segment(id): Segment<OrderId>) -> Answer {
    let order = upstreams.order().cancel(id).await?;
    accepted(format!("/api/v1/orders/{id}"), &order)
}

/// Ship an order
///
/// Captures the payment, if there is one, then marks the order shipped. Staff only.
#[utoipa::path(post, path = "/api/v1/staff/orders/{id}/shipment", tag = "Staff",
    params(("id" = Uuid, Path, description = "The order's id")), request_body = Shipment,
    responses((status = 202, description = "The order, `in_progress` until the payment is captured", body = Order,
        headers(("Location" = String, description = "The URL of the order")))),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND", "ORDER_NOT_SHIPPABLE", "VALIDATION_FAILED"]))))]
pub(crate) async fn ship(
    upstreams: Upstreams,
    Segment(id): Segment<OrderId>,
    Body(shipment): Body<Shipment>,
) -> Answer {
    let order = upstreams.order().ship(id, shipment).await?;
    accepted(format!("/api/v1/orders/{id}"), &order)
}

/// Mark an order delivered
///
/// Staff only.
#[utoipa::path(post, path = "/api/v1/staff/orders/{id}/delivery", tag = "Staff",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 200, description = "The order", body = Order)),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND", "ORDER_NOT_DELIVERABLE"]))))]
pub(crate) async fn deliver(upstreams: Upstreams, Segment(id): Segment<OrderId>) -> Answer {
    ok(&upstreams.order().deliver(id).await?)
}
