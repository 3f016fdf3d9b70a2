//! Refunds, and what was paid for an order.

use contracts::{order::v1::RequestRefundRequest, payment::v1::GetPaymentRequest};
use kernel::OrderId;

use super::answer::{Answer, created, ok};
use crate::{
    model::{Payment, Refund, RefundRequest},
    rest::request::{Body, IdempotencyKey, Segment},
    upstreams::{Rpc, promised},
};

/// Ask for money back
///
/// On a shipped or delivered order, whole or in part. The same `Idempotency-Key` with the same body
/// answers the same again, and gives nothing back twice.
#[utoipa::path(post, path = "/api/v1/orders/{id}/refunds", tag = "Orders", request_body = RefundRequest,
    params(("id" = Uuid, Path, description = "The order's id"),
        ("Idempotency-Key" = String, Header, description = "Drawn by the client, one per refund", pattern = "^[!-~]{1,255}$")),
    responses((status = 201, description = "The refund, `requested`", body = Refund)),
    extensions(("x-problems" = json!(["CURRENCY_MISMATCH", "IDEMPOTENCY_KEY_MISSING", "IDEMPOTENCY_KEY_INVALID", "IDEMPOTENCY_KEY_REUSED", "ORDER_NOT_FOUND", "ORDER_NOT_REFUNDABLE", "REFUND_EXCEEDS_CAPTURED", "VALIDATION_FAILED"]))))]
pub(crate) async fn request(
    rpc: Rpc,
    Segment(id): Segment<OrderId>,
    IdempotencyKey(idempotency_key): IdempotencyKey,
    Body(refund): Body<RefundRequest>,
) -> Answer {
    let request = RequestRefundRequest {
        order_id: id.to_string(),
        idempotency_key,
        amount: refund.amount.map(Into::into),
        reason: refund.reason,
    };
    let reply = rpc.call(rpc.order().request_refund(request)).await?;
    let refund = Refund::try_from(promised(reply.refund, "RequestRefundResponse.refund")?)?;
    created(format!("/api/v1/orders/{id}"), &refund)
}

/// Read an order's payment
#[utoipa::path(get, path = "/api/v1/orders/{id}/payment", tag = "Orders",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 200, description = "The payment", body = Payment)),
    extensions(("x-problems" = json!(["PAYMENT_NOT_FOUND"]))))]
pub(crate) async fn payment(rpc: Rpc, Segment(id): Segment<OrderId>) -> Answer {
    let request = GetPaymentRequest {
        order_id: id.to_string(),
    };
    let reply = rpc.call(rpc.payment().get_payment(request)).await?;
    ok(&Payment::try_from(promised(
        reply.payment,
        "GetPaymentResponse.payment",
    )?)?)
}
