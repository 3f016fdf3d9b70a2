//! What may be asked about payments and the ledger. Money moves by messages, not here.

use chassis::auth;
use contracts::payment::v1::payment_service_server::PaymentService;
use contracts::payment::v1::{
    GetPaymentRequest, GetPaymentResponse, ListBalancesRequest, ListBalancesResponse,
    ListLedgerEntriesRequest, ListLedgerEntriesResponse, ReceiveWebhookRequest,
    ReceiveWebhookResponse,
};
use tonic::{Request, Response, Status};

use self::convert::order_id;
use self::reasons::{failed, not_found, not_taken};
use crate::store::Store;
use crate::webhooks::Webhooks;

mod convert;
mod policy;
mod reasons;
mod reconciliation;

pub(crate) use policy::POLICY;
pub use reasons::REASONS;
pub(crate) use reconciliation::ReconciliationRpc;

const MAX_ENTRIES: i64 = 200;

/// The RPCs of `payment`.
pub(crate) struct Rpc {
    pub(crate) store: Store,
    pub(crate) webhooks: Webhooks,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl PaymentService for Rpc {
    async fn get_payment(&self, request: Request<GetPaymentRequest>) -> Answer<GetPaymentResponse> {
        let caller = auth::caller(&request)?;
        let order_id = order_id(&request.get_ref().order_id)?;
        let payment = self.store.payment_of(order_id).await.map_err(failed)?;
        // To a stranger someone else's payment does not exist.
        let payment = payment
            .filter(|payment| caller.is_staff() || payment.is_of(caller.user_id))
            .ok_or_else(not_found)?;
        Ok(Response::new(GetPaymentResponse {
            payment: Some(payment.into()),
        }))
    }

    async fn list_ledger_entries(
        &self,
        request: Request<ListLedgerEntriesRequest>,
    ) -> Answer<ListLedgerEntriesResponse> {
        let order_id = order_id(&request.get_ref().order_id)?;
        let entries = self.store.entries_of(order_id, MAX_ENTRIES).await;
        let entries = entries.map_err(failed)?;
        Ok(Response::new(ListLedgerEntriesResponse {
            entries: entries.into_iter().map(Into::into).collect(),
        }))
    }

    async fn list_balances(&self, _: Request<ListBalancesRequest>) -> Answer<ListBalancesResponse> {
        let balances = self.store.balances().await.map_err(failed)?;
        Ok(Response::new(ListBalancesResponse {
            balances: balances.into_iter().map(Into::into).collect(),
        }))
    }

    async fn receive_webhook(
        &self,
        request: Request<ReceiveWebhookRequest>,
    ) -> Answer<ReceiveWebhookResponse> {
        let ReceiveWebhookRequest { payload, signature } = request.into_inner();
        let received = self.webhooks.receive(&payload, &signature).await;
        received.map_err(not_taken)?;
        Ok(Response::new(ReceiveWebhookResponse {}))
    }
}
