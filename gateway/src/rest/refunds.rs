//! Payments and refunds of orders.

use kernel::OrderId;

use super::{
    answer::{Answer, accepted, ok},
    request::{Body, IdempotencyKey, Segment},
};
use crate::{
    model::{Payment, Refund, RefundRequest},
    upstreams::Upstreams,
};

/// Request a refund
///
/// Of units or of an amount of a shipped or delivered order. Units are refunded with their share of discount, shipping
/// and tax. Customers ask for a return instead. Staff only, audited. A repeated request with the same
/// `Idempotency-Key` and body returns the same refund.
#[utoipa::path(post, path = "/api/v1/staff/orders/{id}/refunds", tag = "Payments", request_body = RefundRequest,
    params(("id" = Uuid, Path, description = "The order's id"),
        ("Idempotency-Key" = String, Header, description = "Chosen by the client, one per refund", pattern = "^[!-~]{1,255}$")),
    responses((status = 202, description = "The refund, `requested`", body = Refund,
        headers(("Location" = String, description = "The URL of the order, which has the refund")))),
    extensions(("x-problems" = json!(["CURRENCY_MISMATCH", "IDEMPOTENCY_KEY_MISSING", "IDEMPOTENCY_KEY_INVALID", "IDEMPOTENCY_KEY_REUSED", "ORDER_NOT_FOUND", "ORDER_NOT_REFUNDABLE", "OWN_ORDER", "REFUND_EXCEEDS_BOUGHT", "REFUND_EXCEEDS_CAPTURED", "VALIDATION_FAILED"]))))]
pub(crate) async fn request(
    upstreams: Upstreams,
    Segment(id): Segment<OrderId>,
    IdempotencyKey(key): IdempotencyKey,
    Body(refund): Body<RefundRequest>,
) -> Answer {
    let refund = upstreams.order().request_refund(id, key, refund).await?;
    accepted(format!("/api/v1/orders/{id}"), &refund)
}

/// Read an order's payment
#[utoipa::path(get, path = "/api/v1/orders/{id}/payment", tag = "Payments",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 200, description = "The payment", body = Payment)),
    extensions(("x-problems" = json!(["PAYMENT_NOT_FOUND"]))))]
pub(crate) async fn payment(upstreams: Upstreams, Segment(id): Segment<OrderId>) -> Answer {
    ok(&upstreams.payment().of_order(id).await?)
}
