//! Reconciliations, for staff.

use chassis::auth;
use contracts::payment::v1::reconciliation_service_server::ReconciliationService;
use contracts::payment::v1::{
    GetReconciliationRequest, GetReconciliationResponse, ListReconciliationsRequest,
    ListReconciliationsResponse, StartReconciliationRequest, StartReconciliationResponse,
};
use kernel::Violations;
use tonic::Request;
use uuid::Uuid;

use super::Answer;
use super::reasons::{failed, invalid, page_token_invalid, reconciliation_not_found};
use crate::app::Reconciler;
use crate::domain::Origin;

const PAGE_MAX: u32 = 100;
const PAGE_DEFAULT: u32 = 20;

/// The RPCs about reconciliations.
pub(crate) struct ReconciliationRpc {
    pub(crate) reconciler: Reconciler,
}

#[tonic::async_trait]
impl ReconciliationService for ReconciliationRpc {
    async fn start_reconciliation(
        &self,
        request: Request<StartReconciliationRequest>,
    ) -> Answer<StartReconciliationResponse> {
        let origin = Origin::Staff(auth::caller(&request)?.user_id);
        let (run, _) = self.reconciler.request(origin).await.map_err(failed)?;
        Ok(tonic::Response::new(StartReconciliationResponse {
            reconciliation: Some(run.into()),
        }))
    }

    async fn list_reconciliations(
        &self,
        request: Request<ListReconciliationsRequest>,
    ) -> Answer<ListReconciliationsResponse> {
        let request = request.into_inner();
        let size = match request.page_size {
            0 => PAGE_DEFAULT,
            size if size <= PAGE_MAX => size,
            _ => {
                let problem = format!("must be 1 to {PAGE_MAX}");
                return Err(invalid(Violations::one("page_size", problem)));
            }
        };
        let after: Option<Uuid> = match request.page_token.as_str() {
            "" => None,
            token => Some(Uuid::try_parse(token).map_err(|_| page_token_invalid())?),
        };
        // One more than the page shows whether there is another one.
        let limit = i64::from(size) + 1;
        let listed = self.reconciler.list(after, limit).await;
        let mut runs = listed.map_err(failed)?;
        let wanted = usize::try_from(size).unwrap_or(usize::MAX);
        let more = runs.len() > wanted;
        runs.truncate(wanted);
        let last = runs.last().filter(|_| more);
        let next_page_token = last.map(|run| run.id.to_string()).unwrap_or_default();
        Ok(tonic::Response::new(ListReconciliationsResponse {
            next_page_token,
            reconciliations: runs.into_iter().map(Into::into).collect(),
        }))
    }

    async fn get_reconciliation(
        &self,
        request: Request<GetReconciliationRequest>,
    ) -> Answer<GetReconciliationResponse> {
        let id = Uuid::try_parse(&request.get_ref().id)
            .map_err(|_| invalid(Violations::one("id", "must be a UUID")))?;
        let found = self.reconciler.report(id).await.map_err(failed)?;
        let (run, differences) = found.ok_or_else(reconciliation_not_found)?;
        Ok(tonic::Response::new(GetReconciliationResponse {
            reconciliation: Some(run.into()),
            differences: differences.into_iter().map(Into::into).collect(),
        }))
    }
}
