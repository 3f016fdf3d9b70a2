//! Returns: customers ask for them, staff decide.

use kernel::{OrderId, ReturnId};

use super::{
    answer::{Answer, created, ok, page},
    request::{Body, IdempotencyKey, PageLinks, Query, Segment},
};
use crate::{
    model::{
        OrderReturns, Return, ReturnApproval, ReturnRefusal, ReturnRequest, ReturnStatus, Returns,
    },
    upstreams::Upstreams,
};

/// Ask for a return
///
/// Of units of a shipped or delivered order. Staff decide about it and about the amount, unless a rule of the shop
/// approves it at once. A repeated request with the same `Idempotency-Key` and body returns the same return.
#[utoipa::path(post, path = "/api/v1/orders/{id}/returns", tag = "Returns", request_body = ReturnRequest,
    params(("id" = Uuid, Path, description = "The order's id"),
        ("Idempotency-Key" = String, Header, description = "Chosen by the client, one per return", pattern = "^[!-~]{1,255}$")),
    responses((status = 201, description = "The return", body = Return,
        headers(("Location" = String, description = "The URL of the return")))),
    extensions(("x-problems" = json!(["IDEMPOTENCY_KEY_MISSING", "IDEMPOTENCY_KEY_INVALID", "IDEMPOTENCY_KEY_REUSED", "ORDER_NOT_FOUND", "ORDER_NOT_RETURNABLE", "RETURN_EXCEEDS_BOUGHT", "VALIDATION_FAILED"]))))]
pub(crate) async fn request(
    upstreams: Upstreams,
    Segment(id): Segment<OrderId>,
    IdempotencyKey(key): IdempotencyKey,
    Body(request): Body<ReturnRequest>,
) -> Answer {
    let requested = upstreams.returns().request(id, key, request).await?;
    created(format!("/api/v1/returns/{}", requested.id), &requested)
}

/// List an order's returns
#[utoipa::path(get, path = "/api/v1/orders/{id}/returns", tag = "Returns",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 200, description = "Oldest first", headers(("Link" = String, description = "The URL of the list, which has one page (RFC 8288)")), body = OrderReturns)),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND"]))))]
pub(crate) async fn of_order(
    upstreams: Upstreams,
    links: PageLinks,
    Segment(id): Segment<OrderId>,
) -> Answer {
    page(&links, None, &upstreams.returns().of_order(id).await?)
}

/// Read a return
#[utoipa::path(get, path = "/api/v1/returns/{id}", tag = "Returns",
    params(("id" = Uuid, Path, description = "The return's id")),
    responses((status = 200, description = "The return", body = Return)),
    extensions(("x-problems" = json!(["RETURN_NOT_FOUND"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(id): Segment<ReturnId>) -> Answer {
    ok(&upstreams.returns().get(id).await?)
}

/// Withdraw a return
///
/// Possible while it is open.
#[utoipa::path(post, path = "/api/v1/returns/{id}/withdrawal", tag = "Returns",
    params(("id" = Uuid, Path, description = "The return's id")),
    responses((status = 200, description = "The return", body = Return)),
    extensions(("x-problems" = json!(["RETURN_NOT_FOUND", "RETURN_NOT_OPEN"]))))]
pub(crate) async fn withdraw(upstreams: Upstreams, Segment(id): Segment<ReturnId>) -> Answer {
    ok(&upstreams.returns().withdraw(id).await?)
}

/// List returns
///
/// Of all customers, oldest first. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/returns", tag = "Returns",
    params(
        ("status" = Option<ReturnStatus>, Query, description = "Only returns with this status"),
        ("page_size" = Option<u32>, Query, description = "Returns per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page")),
    responses((status = 200, description = "One page",
        headers(("Link" = String, description = "The URLs of the first and the next page (RFC 8288)")), body = Returns)),
    extensions(("x-problems" = json!(["PAGE_TOKEN_INVALID", "VALIDATION_FAILED"]))))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let wanted = query.page();
    let status = query.choice("status", &ReturnStatus::NAMES);
    let links = query.finish()?;
    let listed = upstreams.returns().list(status, wanted).await?;
    page(&links, listed.next_page_token.as_deref(), &listed)
}

/// Approve a return
///
/// Requests its refund: the share of its units, or another amount. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/returns/{id}/approval", tag = "Returns",
    params(("id" = Uuid, Path, description = "The return's id")), request_body = ReturnApproval,
    responses((status = 200, description = "The return, `approved`", body = Return)),
    extensions(("x-problems" = json!(["CURRENCY_MISMATCH", "ORDER_NOT_REFUNDABLE", "OWN_ORDER", "REFUND_EXCEEDS_CAPTURED", "RETURN_NOT_FOUND", "RETURN_NOT_OPEN", "VALIDATION_FAILED"]))))]
pub(crate) async fn approve(
    upstreams: Upstreams,
    Segment(id): Segment<ReturnId>,
    Body(approval): Body<ReturnApproval>,
) -> Answer {
    ok(&upstreams.returns().approve(id, approval).await?)
}

/// Refuse a return
///
/// Its units can be returned again. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/returns/{id}/refusal", tag = "Returns",
    params(("id" = Uuid, Path, description = "The return's id")), request_body = ReturnRefusal,
    responses((status = 200, description = "The return, `refused`", body = Return)),
    extensions(("x-problems" = json!(["OWN_ORDER", "RETURN_NOT_FOUND", "RETURN_NOT_OPEN", "VALIDATION_FAILED"]))))]
pub(crate) async fn refuse(
    upstreams: Upstreams,
    Segment(id): Segment<ReturnId>,
    Body(refusal): Body<ReturnRefusal>,
) -> Answer {
    ok(&upstreams.returns().refuse(id, refusal).await?)
}
