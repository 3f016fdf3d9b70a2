//! What is under way for orders, for people who work here.

use contracts::order::v1::{
    CompensateSagaRequest, GetSagaRequest, ListSagasRequest, RetrySagaRequest, Saga as ProtoSaga,
};
use kernel::OrderId;

use super::answer::{Answer, ok};
use crate::{
    edge::problem::Problem,
    model::{SAGA_STATES, Saga, SagaState, Sagas, Why},
    rest::request::{Body, Query, Segment},
    upstreams::{Rpc, promised},
};

/// List sagas
///
/// Those in flight, the ones that wait longest first. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/sagas", tag = "Operations",
    params(
        ("state" = Option<SagaState>, Query, description = "Only these; not `idle`"),
        ("page_size" = Option<u32>, Query, description = "Sagas a page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the page before")),
    responses((status = 200, description = "One page", body = Sagas)),
    extensions(("x-problems" = json!(["PAGE_TOKEN_INVALID", "VALIDATION_FAILED"]))))]
pub(crate) async fn list(rpc: Rpc, mut query: Query) -> Answer {
    let request = ListSagasRequest {
        state: query
            .choice("state", &SAGA_STATES)
            .unwrap_or_default()
            .into(),
        page_size: query.page_size(),
        page_token: query.text("page_token").unwrap_or_default(),
    };
    query.finish()?;
    let reply = rpc.call(rpc.saga().list_sagas(request)).await?;
    ok(&Sagas::try_from(reply)?)
}

/// Read an order's saga
///
/// What is, or was, under way for it. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/sagas/{id}", tag = "Operations",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 200, description = "The saga", body = Saga)),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND"]))))]
pub(crate) async fn get(rpc: Rpc, Segment(id): Segment<OrderId>) -> Answer {
    let request = GetSagaRequest {
        order_id: id.to_string(),
    };
    let reply = rpc.call(rpc.saga().get_saga(request)).await?;
    ok(&read(reply.saga)?)
}

/// Retry a saga
///
/// Asks again, at once, for the answer that is waited for. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/sagas/{id}/retry", tag = "Operations",
    params(("id" = Uuid, Path, description = "The order's id")), request_body = Why,
    responses((status = 200, description = "The saga, having asked again", body = Saga)),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND", "SAGA_NOT_IN_FLIGHT", "VALIDATION_FAILED"]))))]
pub(crate) async fn retry(
    rpc: Rpc,
    Segment(id): Segment<OrderId>,
    Body(Why { reason }): Body<Why>,
) -> Answer {
    let request = RetrySagaRequest {
        order_id: id.to_string(),
        reason,
    };
    let reply = rpc.call(rpc.saga().retry_saga(request)).await?;
    ok(&read(reply.saga)?)
}

/// Compensate a saga
///
/// Gives a checkout up by hand: undoes what was done, and rejects the order. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/sagas/{id}/compensation", tag = "Operations",
    params(("id" = Uuid, Path, description = "The order's id")), request_body = Why,
    responses((status = 200, description = "The saga, compensating", body = Saga)),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND", "SAGA_NOT_IN_FLIGHT", "SAGA_PAST_PIVOT", "VALIDATION_FAILED"]))))]
pub(crate) async fn compensate(
    rpc: Rpc,
    Segment(id): Segment<OrderId>,
    Body(Why { reason }): Body<Why>,
) -> Answer {
    let request = CompensateSagaRequest {
        order_id: id.to_string(),
        reason,
    };
    let reply = rpc.call(rpc.saga().compensate_saga(request)).await?;
    ok(&read(reply.saga)?)
}

fn read(saga: Option<ProtoSaga>) -> Result<Saga, Problem> {
    promised(saga, "saga")?.try_into()
}
