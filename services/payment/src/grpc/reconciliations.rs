use chassis::auth;
use contracts::payment::v1::reconciliation_service_server::ReconciliationService;
use contracts::payment::v1::{
    GetReconciliationRequest, GetReconciliationResponse, ListReconciliationsRequest,
    ListReconciliationsResponse, StartReconciliationRequest, StartReconciliationResponse,
};
use kernel::Violations;
use tokens::List;
use tonic::{Request, Response};
use uuid::Uuid;

use super::reasons::{invalid, page_token_invalid, reconciliation_not_found};
use super::{Answer, Reconciliations};
use crate::domain::Origin;

const PAGE_MAX: u32 = 100;
const PAGE_DEFAULT: u32 = 20;

#[tonic::async_trait]
impl ReconciliationService for Reconciliations {
    async fn start_reconciliation(
        &self,
        request: Request<StartReconciliationRequest>,
    ) -> Answer<StartReconciliationResponse> {
        let origin = Origin::Staff(auth::caller(&request)?.user_id);
        let (run, _) = self.reconciler.request(origin).await?;
        Ok(Response::new(StartReconciliationResponse {
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
                let problem = format!("must be between 1 and {PAGE_MAX}");
                return Err(invalid(Violations::one("page_size", problem)));
            }
        };
        let list = List::new("payment.v1.ReconciliationService/ListReconciliations", &());
        let after: Option<Uuid> = self
            .pages
            .after(&list, &request.page_token)
            .map_err(page_token_invalid)?;
        // One more than the page, to know whether another page follows.
        let limit = i64::from(size) + 1;
        let mut runs = self.reconciler.list(after, limit).await?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = runs.len() > size;
        runs.truncate(size);
        let last = runs.last().filter(|_| more);
        let next_page_token = last.map(|run| self.pages.next(&list, &run.id));
        Ok(Response::new(ListReconciliationsResponse {
            next_page_token: next_page_token.unwrap_or_default(),
            reconciliations: runs.into_iter().map(Into::into).collect(),
        }))
    }

    async fn get_reconciliation(
        &self,
        request: Request<GetReconciliationRequest>,
    ) -> Answer<GetReconciliationResponse> {
        let id = Uuid::try_parse(&request.get_ref().id)
            .map_err(|_| invalid(Violations::one("id", "must be a UUID")))?;
        let found = self.reconciler.report(id).await?;
        let (run, differences) = found.ok_or_else(reconciliation_not_found)?;
        Ok(Response::new(GetReconciliationResponse {
            reconciliation: Some(run.into()),
            differences: differences.into_iter().map(Into::into).collect(),
        }))
    }
}
