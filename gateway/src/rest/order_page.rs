//! An order's page in one request, from three services.

use std::{future::Future, time::Duration};

use kernel::OrderId;

use super::{
    answer::{Answer, ok},
    request::Segment,
};
use crate::{
    edge::problem::{Problem, reasons},
    model::{CurrentProduct, MissingPart, Order, OrderPage, OrderPart, Payment},
    upstreams::Upstreams,
};

/// Time for each part but the order, which may take the whole time budget of the request.
const PART_TIMEOUT: Duration = Duration::from_secs(2);

/// Read an order with everything that its page shows
///
/// The order, its payment, returns and timeline, and its products as they are now, read in parallel. A part that cannot be
/// read is null and named in `partial`; the status is 200. Without the order, the request fails.
#[utoipa::path(get, path = "/api/v1/orders/{id}/page", tag = "Orders",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 200, description = "The page", body = OrderPage, example = json!({
        "order": {
            "id": "0198c0de-6c1f-7b7e-8d3c-5f3b1c1d2e3f", "number": "K7M4-2Q9X-0",
            "customer_id": "0198c0dd-11aa-7c3e-9a4b-2f1d3c5b7a99", "status": "confirmed",
            "lines": [{"sku": "COFFEE-ESPRESSO-500", "name": "Espresso, 500 g", "quantity": 2,
                "unit_price": {"minor_units": 1299, "currency": "EUR"}, "total": {"minor_units": 2598, "currency": "EUR"}}],
            "totals": {"lines": {"minor_units": 2598, "currency": "EUR"}, "discount": {"minor_units": 0, "currency": "EUR"},
                "shipping": {"minor_units": 490, "currency": "EUR"}, "tax": {"minor_units": 587, "currency": "EUR"},
                "total": {"minor_units": 3675, "currency": "EUR"}},
            "shipping_address": {"recipient": "Ada Lovelace", "line1": "Hauptstr. 1", "line2": "", "city": "Ulm",
                "region": "", "postal_code": "89073", "country": "DE"},
            "refunds": [], "placed_at": "2026-11-29T10:00:00Z", "updated_at": "2026-11-29T10:00:01Z", "in_progress": false
        },
        "payment": null,
        "returns": [],
        "timeline": [{"position": 1, "at": "2026-11-29T10:00:00Z", "service": "order", "kind": "placed", "message": "Order placed"}],
        "products": [{"sku": "COFFEE-ESPRESSO-500", "slug": "espresso-500g", "name": "Espresso, 500 g",
            "price": {"minor_units": 1399, "currency": "EUR"},
            "cover": {"url": "/images/espresso.webp", "alt": "A bag of espresso beans"}, "available": 120, "archived": false}],
        "partial": [{"part": "payment", "reason": "unavailable"}]
    }))),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(id): Segment<OrderId>) -> Answer {
    ok(&Box::pin(read(&upstreams, id)).await?)
}

/// Reads an order with everything that its page shows.
///
/// # Errors
/// The order cannot be read.
pub(crate) async fn read(upstreams: &Upstreams, id: OrderId) -> Result<OrderPage, Problem> {
    let limited = upstreams.within(PART_TIMEOUT);
    // A missing order ends the wait for the others.
    let ((order, products), payment, returns, timeline) = tokio::try_join!(
        order_and_products(upstreams, id),
        part(payment(&limited, id)),
        part(limited.returns().of_order(id)),
        part(limited.order().timeline(id)),
    )?;
    let mut partial = Vec::new();
    let payment = taken(payment, OrderPart::Payment, &mut partial);
    let returns = taken(returns, OrderPart::Returns, &mut partial);
    let timeline = taken(timeline, OrderPart::Timeline, &mut partial);
    let products = taken(products, OrderPart::Products, &mut partial);
    Ok(OrderPage {
        order,
        payment: payment.flatten(),
        returns: returns.map(|returns| returns.returns),
        timeline: timeline.map(|timeline| timeline.entries),
        products,
        partial,
    })
}

/// The order, then the products of its lines.
async fn order_and_products(
    upstreams: &Upstreams,
    id: OrderId,
) -> Result<(Order, Result<Vec<CurrentProduct>, Problem>), Problem> {
    let order = upstreams.order().get(id).await?;
    let skus = order.lines.iter().map(|line| line.sku.clone()).collect();
    let limited = upstreams.within(PART_TIMEOUT);
    let products = limited.catalog().current(skus).await;
    Ok((order, products))
}

/// The payment of an order; `None` before there is one, and for a free order.
async fn payment(upstreams: &Upstreams, id: OrderId) -> Result<Option<Payment>, Problem> {
    match upstreams.payment().of_order(id).await {
        Ok(payment) => Ok(Some(payment)),
        Err(problem) if problem.kind() == &reasons::PAYMENT_NOT_FOUND => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// The outcome of a read whose failure does not fail the page.
async fn part<T>(
    read: impl Future<Output = Result<T, Problem>>,
) -> Result<Result<T, Problem>, Problem> {
    Ok(read.await)
}

/// The part, or nothing and an entry that says why.
fn taken<T>(
    outcome: Result<T, Problem>,
    part: OrderPart,
    partial: &mut Vec<MissingPart>,
) -> Option<T> {
    outcome
        .inspect_err(|problem| {
            let reason = problem.kind().slug();
            partial.push(MissingPart { part, reason });
        })
        .ok()
}
