use contracts::payment::v1::{
    GetPaymentRequest, ListBalancesRequest, ListLedgerEntriesRequest, ReceiveWebhookRequest,
    payment_service_client::PaymentServiceClient,
};
use kernel::OrderId;
use upstream::Upstream;

use super::client::Client;
use crate::{
    edge::problem::Problem,
    model::{Balances, Ledger, Payment, required},
};

mod reconciliation;

pub(crate) use reconciliation::ReconciliationClient;

/// Payments and the ledger.
pub(crate) type PaymentClient<'a> = Client<'a, PaymentServiceClient<Upstream>>;

impl PaymentClient<'_> {
    /// The payment of an order.
    pub(crate) async fn of_order(mut self, id: OrderId) -> Result<Payment, Problem> {
        let request = GetPaymentRequest {
            order_id: id.to_string(),
        };
        let reply = self.call.run(self.rpc.get_payment(request)).await?;
        required(reply.payment, "GetPaymentResponse.payment")?.try_into()
    }

    /// The ledger entries of an order.
    pub(crate) async fn ledger(mut self, id: OrderId) -> Result<Ledger, Problem> {
        let request = ListLedgerEntriesRequest {
            order_id: id.to_string(),
        };
        let reply = self.call.run(self.rpc.list_ledger_entries(request)).await?;
        reply.try_into()
    }

    /// The balance of every account.
    pub(crate) async fn balances(mut self) -> Result<Balances, Problem> {
        let request = ListBalancesRequest {};
        let reply = self.call.run(self.rpc.list_balances(request)).await?;
        reply.try_into()
    }
}

/// Webhooks of the payment provider. A separate type, because they use a separate channel.
pub(crate) struct WebhookClient<'a>(pub(super) PaymentClient<'a>);

impl WebhookClient<'_> {
    /// Forwards an event unchanged, with its signature.
    pub(crate) async fn receive(
        mut self,
        payload: Vec<u8>,
        signature: String,
    ) -> Result<(), Problem> {
        let request = ReceiveWebhookRequest { payload, signature };
        let Client { rpc, call } = &mut self.0;
        call.run(rpc.receive_webhook(request)).await?;
        Ok(())
    }
}
