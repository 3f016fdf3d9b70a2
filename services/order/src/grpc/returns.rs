use chassis::auth::caller;
use contracts::convert::timestamp;
use contracts::order::v1;
use contracts::order::v1::return_service_server::ReturnService;
use contracts::order::v1::{
    ApproveReturnRequest, ApproveReturnResponse, GetReturnRequest, GetReturnResponse,
    ListOrderReturnsRequest, ListOrderReturnsResponse, ListReturnsRequest, ListReturnsResponse,
    RefuseReturnRequest, RefuseReturnResponse, RequestReturnRequest, RequestReturnResponse,
    WithdrawReturnRequest, WithdrawReturnResponse,
};
use kernel::{Groups, ReturnId, UserId, Violations};
use operations::Reason;
use tonic::{Request, Response};

use super::convert::{line_units, money, order_id, share, units};
use super::orders::{fingerprint, viewer};
use super::policy::READ_ANY_ORDER;
use super::{Answer, Returns};
use crate::app::{Operator, ReturnList};
use crate::domain::{Return, ReturnReason, ReturnRequest, ReturnStatus, Ruling};
use crate::failure::Failure;

#[tonic::async_trait]
impl ReturnService for Returns {
    async fn request_return(
        &self,
        request: Request<RequestReturnRequest>,
    ) -> Answer<RequestReturnResponse> {
        let viewer = viewer(&request, Groups::NONE)?;
        let request = request.into_inner();
        let fingerprint = request_fingerprint(&request);
        let request = return_request(request)?;
        let requested = self.0.request_return(viewer, request, fingerprint);
        let order_return = Some(order_return(requested.await?));
        Ok(Response::new(RequestReturnResponse { order_return }))
    }

    async fn list_order_returns(
        &self,
        request: Request<ListOrderReturnsRequest>,
    ) -> Answer<ListOrderReturnsResponse> {
        let viewer = viewer(&request, READ_ANY_ORDER)?;
        let id = order_id("order_id", &request.get_ref().order_id)?;
        let returns = self.0.returns_of(viewer, id).await?;
        let returns = returns.into_iter().map(order_return).collect();
        Ok(Response::new(ListOrderReturnsResponse { returns }))
    }

    async fn get_return(&self, request: Request<GetReturnRequest>) -> Answer<GetReturnResponse> {
        let viewer = viewer(&request, READ_ANY_ORDER)?;
        let id = return_id(&request.get_ref().id)?;
        let order_return = Some(order_return(self.0.find_return(viewer, id).await?));
        Ok(Response::new(GetReturnResponse { order_return }))
    }

    async fn withdraw_return(
        &self,
        request: Request<WithdrawReturnRequest>,
    ) -> Answer<WithdrawReturnResponse> {
        let viewer = viewer(&request, Groups::NONE)?;
        let id = return_id(&request.get_ref().id)?;
        let order_return = Some(order_return(self.0.withdraw_return(viewer, id).await?));
        Ok(Response::new(WithdrawReturnResponse { order_return }))
    }

    async fn list_returns(
        &self,
        request: Request<ListReturnsRequest>,
    ) -> Answer<ListReturnsResponse> {
        let request = request.into_inner();
        let list = ReturnList {
            status: status_filter(request.status)?,
            page_size: request.page_size,
            page_token: request.page_token,
        };
        let (returns, next) = self.0.returns(list).await?;
        Ok(Response::new(ListReturnsResponse {
            returns: returns.into_iter().map(order_return).collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn approve_return(
        &self,
        request: Request<ApproveReturnRequest>,
    ) -> Answer<ApproveReturnResponse> {
        let by = caller(&request)?.user_id;
        let request = request.into_inner();
        let id = return_id(&request.id)?;
        let ruling = Ruling::approval(by, money(request.amount), &request.note);
        let ruling = ruling.map_err(Failure::from)?;
        let operator = operator(by, &ruling)?;
        let order_return = Some(order_return(
            self.0.decide_return(operator, id, ruling).await?,
        ));
        Ok(Response::new(ApproveReturnResponse { order_return }))
    }

    async fn refuse_return(
        &self,
        request: Request<RefuseReturnRequest>,
    ) -> Answer<RefuseReturnResponse> {
        let by = caller(&request)?.user_id;
        let request = request.into_inner();
        let id = return_id(&request.id)?;
        let ruling = Ruling::refusal(by, &request.note).map_err(Failure::from)?;
        let operator = operator(by, &ruling)?;
        let order_return = Some(order_return(
            self.0.decide_return(operator, id, ruling).await?,
        ));
        Ok(Response::new(RefuseReturnResponse { order_return }))
    }
}

fn operator(id: UserId, ruling: &Ruling) -> Result<Operator, Failure> {
    let reason = Reason::parse(&ruling.note)?;
    Ok(Operator { id, reason })
}

fn return_id(text: &str) -> Result<ReturnId, Failure> {
    let id = text.parse();
    Ok(id.map_err(|error| Violations::one("id", error))?)
}

fn return_request(request: RequestReturnRequest) -> Result<ReturnRequest, Failure> {
    let id = order_id("order_id", &request.order_id)?;
    let reason = reason(request.reason());
    let lines = units(request.lines);
    Ok(ReturnRequest::new(
        id,
        request.idempotency_key,
        &lines,
        reason,
        &request.note,
    )?)
}

/// Covers the request without its key.
fn request_fingerprint(request: &RequestReturnRequest) -> [u8; 32] {
    fingerprint(&RequestReturnRequest {
        idempotency_key: String::new(),
        ..request.clone()
    })
}

fn order_return(one: Return) -> v1::Return {
    let automatic = one.is_automatic();
    let (status, reason) = (status(one.status), proto_reason(one.reason));
    let decision = one.decision;
    let refund_id = decision.as_ref().and_then(|decision| decision.refund_id);
    v1::Return {
        id: one.id.to_string(),
        order_id: one.order_id.to_string(),
        customer_id: one.customer_id.to_string(),
        status: status.into(),
        reason: reason.into(),
        note: one.note,
        lines: line_units(&one.units),
        share: share(&one.units),
        amount: decision
            .as_ref()
            .and_then(|decision| decision.amount)
            .map(Into::into),
        refund_id: refund_id.map(|id| id.to_string()).unwrap_or_default(),
        automatic,
        decided_at: decision.as_ref().map(|decision| timestamp(decision.at)),
        decision_note: decision.map(|decision| decision.note).unwrap_or_default(),
        created_at: Some(timestamp(one.created_at)),
    }
}

/// The status to filter by; none if it is not set.
fn status_filter(status: i32) -> Result<Option<ReturnStatus>, Failure> {
    let status = v1::ReturnStatus::try_from(status)
        .map_err(|_| Violations::one("status", "is not a status of a return"))?;
    Ok(match status {
        v1::ReturnStatus::Unspecified => None,
        v1::ReturnStatus::Requested => Some(ReturnStatus::Requested),
        v1::ReturnStatus::Approved => Some(ReturnStatus::Approved),
        v1::ReturnStatus::Refused => Some(ReturnStatus::Refused),
        v1::ReturnStatus::Withdrawn => Some(ReturnStatus::Withdrawn),
    })
}

const fn status(status: ReturnStatus) -> v1::ReturnStatus {
    match status {
        ReturnStatus::Requested => v1::ReturnStatus::Requested,
        ReturnStatus::Approved => v1::ReturnStatus::Approved,
        ReturnStatus::Refused => v1::ReturnStatus::Refused,
        ReturnStatus::Withdrawn => v1::ReturnStatus::Withdrawn,
    }
}

const fn reason(reason: v1::ReturnReason) -> Option<ReturnReason> {
    match reason {
        v1::ReturnReason::Unspecified => None,
        v1::ReturnReason::Damaged => Some(ReturnReason::Damaged),
        v1::ReturnReason::Defective => Some(ReturnReason::Defective),
        v1::ReturnReason::WrongItem => Some(ReturnReason::WrongItem),
        v1::ReturnReason::NotAsDescribed => Some(ReturnReason::NotAsDescribed),
        v1::ReturnReason::NotArrived => Some(ReturnReason::NotArrived),
        v1::ReturnReason::ChangedMind => Some(ReturnReason::ChangedMind),
        v1::ReturnReason::Other => Some(ReturnReason::Other),
    }
}

const fn proto_reason(reason: ReturnReason) -> v1::ReturnReason {
    match reason {
        ReturnReason::Damaged => v1::ReturnReason::Damaged,
        ReturnReason::Defective => v1::ReturnReason::Defective,
        ReturnReason::WrongItem => v1::ReturnReason::WrongItem,
        ReturnReason::NotAsDescribed => v1::ReturnReason::NotAsDescribed,
        ReturnReason::NotArrived => v1::ReturnReason::NotArrived,
        ReturnReason::ChangedMind => v1::ReturnReason::ChangedMind,
        ReturnReason::Other => v1::ReturnReason::Other,
    }
}
