use contracts::order::v1::{
    ApproveReturnRequest, GetReturnRequest, ListOrderReturnsRequest, ListReturnsRequest,
    RefuseReturnRequest, RequestReturnRequest, ReturnReason as ProtoReason,
    ReturnStatus as ProtoStatus, WithdrawReturnRequest, return_service_client::ReturnServiceClient,
};
use kernel::{OrderId, ReturnId};
use upstream::Upstream;

use crate::{
    edge::problem::Problem,
    model::{
        OrderReturns, PageRequest, Return, ReturnApproval, ReturnRefusal, ReturnRequest,
        ReturnStatus, Returns, required,
    },
    upstreams::client::Client,
};

/// Returns of orders.
pub(crate) type ReturnClient<'a> = Client<'a, ReturnServiceClient<Upstream>>;

impl ReturnClient<'_> {
    /// Asks for a return. The same key with the same request returns the same return.
    pub(crate) async fn request(
        mut self,
        id: OrderId,
        idempotency_key: String,
        request: ReturnRequest,
    ) -> Result<Return, Problem> {
        let request = RequestReturnRequest {
            order_id: id.to_string(),
            idempotency_key,
            lines: request.lines.into_iter().map(Into::into).collect(),
            reason: ProtoReason::from(request.reason).into(),
            note: request.note.unwrap_or_default(),
        };
        let reply = self.call.run(self.rpc.request_return(request)).await?;
        required(reply.order_return, "RequestReturnResponse.order_return")?.try_into()
    }

    /// The returns of an order.
    pub(crate) async fn of_order(mut self, id: OrderId) -> Result<OrderReturns, Problem> {
        let request = ListOrderReturnsRequest {
            order_id: id.to_string(),
        };
        let reply = self.call.run(self.rpc.list_order_returns(request)).await?;
        reply.try_into()
    }

    /// One return.
    pub(crate) async fn get(mut self, id: ReturnId) -> Result<Return, Problem> {
        let request = GetReturnRequest { id: id.to_string() };
        let reply = self.call.run(self.rpc.get_return(request)).await?;
        required(reply.order_return, "GetReturnResponse.order_return")?.try_into()
    }

    /// Withdraws an open return.
    pub(crate) async fn withdraw(mut self, id: ReturnId) -> Result<Return, Problem> {
        let request = WithdrawReturnRequest { id: id.to_string() };
        let reply = self.call.run(self.rpc.withdraw_return(request)).await?;
        required(reply.order_return, "WithdrawReturnResponse.order_return")?.try_into()
    }

    /// One page of the returns of all customers.
    pub(crate) async fn list(
        mut self,
        status: Option<ReturnStatus>,
        page: PageRequest,
    ) -> Result<Returns, Problem> {
        let request = ListReturnsRequest {
            status: status.map(ProtoStatus::from).unwrap_or_default().into(),
            page_size: page.size,
            page_token: page.token.unwrap_or_default(),
        };
        let reply = self.call.run(self.rpc.list_returns(request)).await?;
        reply.try_into()
    }

    /// Approves an open return.
    pub(crate) async fn approve(
        mut self,
        id: ReturnId,
        approval: ReturnApproval,
    ) -> Result<Return, Problem> {
        let request = ApproveReturnRequest {
            id: id.to_string(),
            amount: approval.amount.map(Into::into),
            note: approval.note,
        };
        let reply = self.call.run(self.rpc.approve_return(request)).await?;
        required(reply.order_return, "ApproveReturnResponse.order_return")?.try_into()
    }

    /// Refuses an open return.
    pub(crate) async fn refuse(
        mut self,
        id: ReturnId,
        refusal: ReturnRefusal,
    ) -> Result<Return, Problem> {
        let request = RefuseReturnRequest {
            id: id.to_string(),
            note: refusal.note,
        };
        let reply = self.call.run(self.rpc.refuse_return(request)).await?;
        required(reply.order_return, "RefuseReturnResponse.order_return")?.try_into()
    }
}
