//! What may be asked about payments and the ledger. Money moves by messages, not here.

use chassis::auth::{self, Access, Policy};
use chassis::reject::{self, Reject, VALIDATION_FAILED};
use contracts::payment::v1::payment_service_server::PaymentService;
use contracts::payment::v1::{
    self as proto, GetPaymentRequest, GetPaymentResponse, ListBalancesRequest,
    ListBalancesResponse, ListLedgerEntriesRequest, ListLedgerEntriesResponse,
};
use kernel::{Money, OrderId};
use tonic::{Code, Request, Response, Status};

use crate::domain::{self, Payment};
use crate::store::Store;

/// Who may call what. Whose payment it is, is checked in the handler.
pub const POLICY: Policy = Policy::new(&[
    (
        "/mercantile.payment.v1.PaymentService/GetPayment",
        Access::SignedIn,
    ),
    (
        "/mercantile.payment.v1.PaymentService/ListLedgerEntries",
        Access::Staff,
    ),
    (
        "/mercantile.payment.v1.PaymentService/ListBalances",
        Access::Staff,
    ),
]);

/// The reason when the order has no payment, or none that the caller may see.
pub const PAYMENT_NOT_FOUND: &str = "PAYMENT_NOT_FOUND";

/// What `payment` says no with. `docs/errors.md` is made from it.
pub const REASONS: &[reject::Reason] = &[
    (
        VALIDATION_FAILED,
        Code::InvalidArgument,
        "an order's id is not one",
    ),
    (
        PAYMENT_NOT_FOUND,
        Code::NotFound,
        "the order has no payment, or it is somebody else's",
    ),
];

const MAX_ENTRIES: i64 = 200;

/// The handlers.
pub(crate) struct Payments {
    pub(crate) store: Store,
}

#[tonic::async_trait]
impl PaymentService for Payments {
    async fn get_payment(
        &self,
        request: Request<GetPaymentRequest>,
    ) -> Result<Response<GetPaymentResponse>, Status> {
        let caller = auth::caller(&request)?;
        let order_id = order_id(&request.get_ref().order_id)?;
        let payment = self.store.payment_of(order_id).await.map_err(failed)?;
        // To a stranger someone else's payment does not exist.
        let payment = payment.filter(|payment| caller.is_staff() || payment.is_of(caller.user_id));
        let Some(payment) = payment else {
            let message = "this order has no payment";
            return Err(Reject::not_found(PAYMENT_NOT_FOUND, message).into());
        };
        Ok(Response::new(GetPaymentResponse {
            payment: Some(to_proto(payment)),
        }))
    }

    async fn list_ledger_entries(
        &self,
        request: Request<ListLedgerEntriesRequest>,
    ) -> Result<Response<ListLedgerEntriesResponse>, Status> {
        let order_id = order_id(&request.get_ref().order_id)?;
        let entries = self
            .store
            .entries_of(order_id, MAX_ENTRIES)
            .await
            .map_err(failed)?;
        let entries = entries.into_iter().map(|entry| proto::LedgerEntry {
            transaction_id: entry.transaction_id.to_string(),
            kind: entry.kind,
            account: entry.account,
            amount: Some(entry.amount.into()),
            booked_at: Some(timestamp(entry.booked_at)),
        });
        Ok(Response::new(ListLedgerEntriesResponse {
            entries: entries.collect(),
        }))
    }

    async fn list_balances(
        &self,
        _: Request<ListBalancesRequest>,
    ) -> Result<Response<ListBalancesResponse>, Status> {
        let balances = self.store.balances().await.map_err(failed)?;
        let balances = balances.into_iter().map(|balance| proto::Balance {
            account: balance.account,
            amount: Some(balance.amount.into()),
        });
        Ok(Response::new(ListBalancesResponse {
            balances: balances.collect(),
        }))
    }
}

fn order_id(text: &str) -> Result<OrderId, Status> {
    text.parse().map_err(|error: kernel::IdError| {
        Reject::invalid_argument(VALIDATION_FAILED, "the request is not valid")
            .field("order_id", error.to_string())
            .into()
    })
}

fn failed(error: persistence::Error) -> Status {
    if error.is_transient() {
        reject::unavailable("postgres", error)
    } else {
        reject::internal(error)
    }
}

fn to_proto(payment: Payment) -> proto::Payment {
    let amount = payment.amount();
    let refunded = amount.map(|amount| Money::new(payment.refunded, amount.currency()));
    proto::Payment {
        id: payment.id.to_string(),
        order_id: payment.order_id.to_string(),
        status: status(payment.status).into(),
        amount: amount.map(Into::into),
        refunded: refunded.map(Into::into),
        decline_code: payment.decline_code.unwrap_or_default(),
        provider_reference: payment.reference.unwrap_or_default(),
        created_at: Some(timestamp(payment.created_at)),
    }
}

fn status(status: domain::Status) -> proto::PaymentStatus {
    match status {
        domain::Status::Authorizing => proto::PaymentStatus::Authorizing,
        domain::Status::Authorized => proto::PaymentStatus::Authorized,
        domain::Status::Declined => proto::PaymentStatus::Declined,
        domain::Status::Voided => proto::PaymentStatus::Voided,
        domain::Status::Captured => proto::PaymentStatus::Captured,
    }
}

fn timestamp(time: chrono::DateTime<chrono::Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: time.timestamp(),
        nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or(0),
    }
}
