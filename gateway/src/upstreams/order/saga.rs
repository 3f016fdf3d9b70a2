use contracts::order::v1::{
    CompensateSagaRequest, GetSagaRequest, ListSagasRequest, RetrySagaRequest,
    SagaState as ProtoState, saga_service_client::SagaServiceClient,
};
use kernel::OrderId;
use upstream::Upstream;

use crate::{
    edge::problem::Problem,
    model::{PageRequest, Saga, SagaState, Sagas, required},
    upstreams::client::Client,
};

/// Sagas of orders.
pub(crate) type SagaClient<'a> = Client<'a, SagaServiceClient<Upstream>>;

impl SagaClient<'_> {
    /// One page of the sagas in flight.
    pub(crate) async fn list(
        mut self,
        state: Option<SagaState>,
        page: PageRequest,
    ) -> Result<Sagas, Problem> {
        let request = ListSagasRequest {
            state: state.map(ProtoState::from).unwrap_or_default().into(),
            page_size: page.size,
            page_token: page.token.unwrap_or_default(),
        };
        let reply = self.call.run(self.rpc.list_sagas(request)).await?;
        reply.try_into()
    }

    /// The saga of an order.
    pub(crate) async fn get(mut self, id: OrderId) -> Result<Saga, Problem> {
        let request = GetSagaRequest {
            order_id: id.to_string(),
        };
        let reply = self.call.run(self.rpc.get_saga(request)).await?;
        required(reply.saga, "GetSagaResponse.saga")?.try_into()
    }

    /// Sends the command of the current step again.
    pub(crate) async fn retry(mut self, id: OrderId, reason: String) -> Result<Saga, Problem> {
        let request = RetrySagaRequest {
            order_id: id.to_string(),
            reason,
        };
        let reply = self.call.run(self.rpc.retry_saga(request)).await?;
        required(reply.saga, "RetrySagaResponse.saga")?.try_into()
    }

    /// Compensates a checkout: undoes its steps and rejects the order.
    pub(crate) async fn compensate(mut self, id: OrderId, reason: String) -> Result<Saga, Problem> {
        let request = CompensateSagaRequest {
            order_id: id.to_string(),
            reason,
        };
        let reply = self.call.run(self.rpc.compensate_saga(request)).await?;
        required(reply.saga, "CompensateSagaResponse.saga")?.try_into()
    }
}
