use chassis::auth::caller;
use contracts::convert::timestamp;
use contracts::order::v1;
use contracts::order::v1::saga_service_server::SagaService;
use contracts::order::v1::{
    CompensateSagaRequest, CompensateSagaResponse, GetSagaRequest, GetSagaResponse,
    ListSagasRequest, ListSagasResponse, RetrySagaRequest, RetrySagaResponse,
};
use kernel::{OrderId, Violations};
use operations::Reason;
use tonic::{Request, Response, Status};

use super::convert::{order_id, status};
use super::{Answer, Sagas};
use crate::app::{Operator, SagaList};
use crate::domain::{SagaRecord, SagaState};
use crate::failure::Failure;

#[tonic::async_trait]
impl SagaService for Sagas {
    async fn list_sagas(&self, request: Request<ListSagasRequest>) -> Answer<ListSagasResponse> {
        let request = request.into_inner();
        let list = SagaList {
            state: state_filter(request.state)?,
            page_size: request.page_size,
            page_token: request.page_token,
        };
        let (sagas, next) = self.0.sagas(list).await?;
        Ok(Response::new(ListSagasResponse {
            sagas: sagas.into_iter().map(saga).collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn get_saga(&self, request: Request<GetSagaRequest>) -> Answer<GetSagaResponse> {
        let id = order_id("order_id", &request.get_ref().order_id)?;
        let saga = Some(saga(self.0.saga(id).await?));
        Ok(Response::new(GetSagaResponse { saga }))
    }

    async fn retry_saga(&self, request: Request<RetrySagaRequest>) -> Answer<RetrySagaResponse> {
        let fields = request.get_ref();
        let (id, operator) = operation(&request, &fields.order_id, &fields.reason)?;
        let saga = Some(saga(self.0.retry(id, operator).await?));
        Ok(Response::new(RetrySagaResponse { saga }))
    }

    async fn compensate_saga(
        &self,
        request: Request<CompensateSagaRequest>,
    ) -> Answer<CompensateSagaResponse> {
        let fields = request.get_ref();
        let (id, operator) = operation(&request, &fields.order_id, &fields.reason)?;
        let saga = Some(saga(self.0.compensate(id, operator).await?));
        Ok(Response::new(CompensateSagaResponse { saga }))
    }
}

/// The order, the operator and the reason of a request.
fn operation<T>(
    request: &Request<T>,
    order: &str,
    reason: &str,
) -> Result<(OrderId, Operator), Status> {
    let id = caller(request)?.user_id;
    let order = order_id("order_id", order)?;
    let reason = Reason::parse(reason).map_err(Failure::from)?;
    Ok((order, Operator { id, reason }))
}

/// The state to filter by; none if it is not set.
fn state_filter(state: i32) -> Result<Option<SagaState>, Failure> {
    match v1::SagaState::try_from(state) {
        Ok(v1::SagaState::Unspecified) => Ok(None),
        Ok(v1::SagaState::InFlight) => Ok(Some(SagaState::InFlight)),
        Ok(v1::SagaState::Stuck) => Ok(Some(SagaState::Stuck)),
        Ok(v1::SagaState::Compensating) => Ok(Some(SagaState::Compensating)),
        Ok(v1::SagaState::Idle) => {
            let message = "must be a state of an order whose saga is in flight";
            Err(Violations::one("state", message).into())
        }
        Err(_) => Err(Violations::one("state", "is not a state of a saga").into()),
    }
}

fn saga(saga: SagaRecord) -> v1::Saga {
    let state = match saga.state {
        SagaState::InFlight => v1::SagaState::InFlight,
        SagaState::Stuck => v1::SagaState::Stuck,
        SagaState::Compensating => v1::SagaState::Compensating,
        SagaState::Idle => v1::SagaState::Idle,
    };
    v1::Saga {
        order_id: saga.order_id.to_string(),
        order_status: status(saga.order_status).into(),
        state: state.into(),
        step: saga.step.unwrap_or_default(),
        attempts: saga.attempts,
        reason: saga.reason.unwrap_or_default(),
        since: saga.since.map(timestamp),
        next_attempt_at: saga.next_attempt_at.map(timestamp),
        trace_id: saga.trace_id.unwrap_or_default(),
    }
}
