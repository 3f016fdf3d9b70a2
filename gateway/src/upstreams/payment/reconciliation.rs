use contracts::payment::v1::{
    GetReconciliationRequest, ListReconciliationsRequest, StartReconciliationRequest,
    reconciliation_service_client::ReconciliationServiceClient,
};
use upstream::Upstream;
use uuid::Uuid;

use crate::{
    edge::problem::Problem,
    model::{PageRequest, Reconciliation, ReconciliationReport, Reconciliations, required},
    upstreams::client::Client,
};

/// Reconciliations with the payment provider.
pub(crate) type ReconciliationClient<'a> = Client<'a, ReconciliationServiceClient<Upstream>>;

impl ReconciliationClient<'_> {
    /// Starts a reconciliation. If one is waiting or running, returns that one.
    pub(crate) async fn start(mut self) -> Result<Reconciliation, Problem> {
        let request = StartReconciliationRequest {};
        let reply = self
            .call
            .run(self.rpc.start_reconciliation(request))
            .await?;
        required(reply.reconciliation, "StartReconciliationResponse")?.try_into()
    }

    /// One page of reconciliations.
    pub(crate) async fn list(mut self, page: PageRequest) -> Result<Reconciliations, Problem> {
        let request = ListReconciliationsRequest {
            page_size: page.size,
            page_token: page.token.unwrap_or_default(),
        };
        let reply = self
            .call
            .run(self.rpc.list_reconciliations(request))
            .await?;
        reply.try_into()
    }

    /// A reconciliation with its differences.
    pub(crate) async fn get(mut self, id: Uuid) -> Result<ReconciliationReport, Problem> {
        let request = GetReconciliationRequest { id: id.to_string() };
        let reply = self.call.run(self.rpc.get_reconciliation(request)).await?;
        reply.try_into()
    }
}
