//! Queries and webhooks. Money moves by messages, not by RPCs.

use chassis::auth;
use contracts::payment::v1::payment_service_server::PaymentService;
use contracts::payment::v1::{
    GetPaymentRequest, GetPaymentResponse, ListBalancesRequest, ListBalancesResponse,
    ListLedgerEntriesRequest, ListLedgerEntriesResponse, ReceiveWebhookRequest,
    ReceiveWebhookResponse,
};
use tonic::{Request, Response};

use super::convert::{self, order_id};
use super::policy::READ_ANY_PAYMENT;
use super::reasons::{not_accepted, not_found};
use super::{Answer, Payments};

#[tonic::async_trait]
impl PaymentService for Payments {
    async fn get_payment(&self, request: Request<GetPaymentRequest>) -> Answer<GetPaymentResponse> {
        let caller = auth::caller(&request)?;
        let order_id = order_id(&request.get_ref().order_id)?;
        let reads_any = caller.is_in(READ_ANY_PAYMENT);
        let found = self.0.payment_of(order_id, caller.user_id, reads_any);
        // NOT_FOUND rather than PERMISSION_DENIED: other callers do not learn that the payment exists.
        let payment = found.await?.ok_or_else(not_found)?;
        Ok(Response::new(GetPaymentResponse {
            payment: Some(convert::payment(payment, reads_any)),
        }))
    }

    async fn list_ledger_entries(
        &self,
        request: Request<ListLedgerEntriesRequest>,
    ) -> Answer<ListLedgerEntriesResponse> {
        let order_id = order_id(&request.get_ref().order_id)?;
        let entries = self.0.ledger_of(order_id).await?;
        Ok(Response::new(ListLedgerEntriesResponse {
            entries: entries.into_iter().map(Into::into).collect(),
        }))
    }

    async fn list_balances(&self, _: Request<ListBalancesRequest>) -> Answer<ListBalancesResponse> {
        let balances = self.0.balances().await?;
        Ok(Response::new(ListBalancesResponse {
            balances: balances.into_iter().map(Into::into).collect(),
        }))
    }

    async fn receive_webhook(
        &self,
        request: Request<ReceiveWebhookRequest>,
    ) -> Answer<ReceiveWebhookResponse> {
        let ReceiveWebhookRequest { payload, signature } = request.into_inner();
        let received = self.0.receive_webhook(&payload, &signature).await;
        received.map_err(not_accepted)?;
        Ok(Response::new(ReceiveWebhookResponse {}))
    }
}
