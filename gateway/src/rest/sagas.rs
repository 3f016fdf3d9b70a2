use kernel::OrderId;

use super::{
    answer::{Answer, ok, page},
    request::{Body, Query, Segment},
};
use crate::{
    model::{ActionReason, Saga, SagaState, Sagas},
    upstreams::Upstreams,
};

/// List sagas
///
/// The sagas in flight, longest waiting first. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/sagas", tag = "Operations",
    params(
        ("state" = Option<String>, Query, description = "Only sagas in this state", format = "saga-state"),
        ("page_size" = Option<u32>, Query, description = "Sagas per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page")),
    responses((status = 200, description = "One page",
        headers(("Link" = String, description = "The URLs of the first and the next page (RFC 8288)")), body = Sagas)),
    extensions(("x-problems" = json!(["PAGE_TOKEN_INVALID", "VALIDATION_FAILED"]))))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let state = query.choice("state", &SagaState::FILTERS);
    let wanted = query.page();
    let links = query.finish()?;
    let listed = upstreams.saga().list(state, wanted).await?;
    page(&links, listed.next_page_token.as_deref(), &listed)
}

/// Read an order's saga
///
/// Its current step, or `idle`. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/sagas/{id}", tag = "Operations",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 200, description = "The saga", body = Saga)),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(id): Segment<OrderId>) -> Answer {
    ok(&upstreams.saga().get(id).await?)
}

/// Retry a saga
///
/// Sends the command of the current step again. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/sagas/{id}/retry", tag = "Operations",
    params(("id" = Uuid, Path, description = "The order's id")), request_body = ActionReason,
    responses((status = 200, description = "The saga after the retry", body = Saga)),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND", "SAGA_NOT_IN_FLIGHT", "VALIDATION_FAILED"]))))]
pub(crate) async fn retry(
    upstreams: Upstreams,
    Segment(id): Segment<OrderId>,
    Body(ActionReason { reason }): Body<ActionReason>,
) -> Answer {
    ok(&upstreams.saga().retry(id, reason).await?)
}

/// Compensate a saga
///
/// Gives up a checkout: undoes its steps and rejects the order. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/sagas/{id}/compensation", tag = "Operations",
    params(("id" = Uuid, Path, description = "The order's id")), request_body = ActionReason,
    responses((status = 200, description = "The saga, compensating", body = Saga)),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND", "SAGA_NOT_IN_FLIGHT", "SAGA_PAST_PIVOT", "VALIDATION_FAILED"]))))]
pub(crate) async fn compensate(
    upstreams: Upstreams,
    Segment(id): Segment<OrderId>,
    Body(ActionReason { reason }): Body<ActionReason>,
) -> Answer {
    ok(&upstreams.saga().compensate(id, reason).await?)
}
