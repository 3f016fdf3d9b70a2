//! One typed client per service. The clients take and return the gateway's models.
//!
//! A handler extracts [`Upstreams`] from its request. Each call uses the request's time budget and
//! its caller's token. A rejection by a service becomes a problem.

use std::{
    future::{Ready, ready},
    rc::Rc,
    time::Duration,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use chassis::call::CallContext;
use contracts::{
    catalog::v1::catalog_service_client::CatalogServiceClient,
    operations::v1::{
        audit_service_client::AuditServiceClient,
        dead_letter_service_client::DeadLetterServiceClient,
        fault_service_client::FaultServiceClient, system_service_client::SystemServiceClient,
    },
    order::v1::{
        cart_service_client::CartServiceClient, discount_service_client::DiscountServiceClient,
        order_service_client::OrderServiceClient, return_service_client::ReturnServiceClient,
        saga_service_client::SagaServiceClient,
    },
    payment::v1::{
        payment_service_client::PaymentServiceClient,
        reconciliation_service_client::ReconciliationServiceClient,
    },
    user::v1::{
        account_service_client::AccountServiceClient,
        customer_service_client::CustomerServiceClient, staff_service_client::StaffServiceClient,
        user_service_client::UserServiceClient,
    },
};

use crate::{
    edge::{
        call::Call,
        problem::{Problem, reasons},
    },
    model::Service,
};

mod account;
mod catalog;
mod channels;
mod client;
mod customer;
mod faults;
mod operations;
mod order;
mod payment;
mod staff;
mod user;

pub(crate) use channels::{Channels, Config};

use account::AccountClient;
use catalog::CatalogClient;
use client::Client;
use customer::CustomerClient;
use faults::FaultClient;
use operations::{AuditClient, DeadLetterClient, SystemClient};
use order::{CartClient, DiscountClient, OrderClient, ReturnClient, SagaClient};
use payment::{PaymentClient, ReconciliationClient, WebhookClient};
use staff::StaffClient;
use user::UserClient;

/// The services, for the calls of one request.
///
/// ```ignore
/// let order = upstreams.order().get(id).await?;
/// ```
pub(crate) struct Upstreams {
    channels: Rc<Channels>,
    call: Call,
}

impl Upstreams {
    /// Products, categories and stock.
    pub(crate) fn catalog(&self) -> CatalogClient<'_> {
        self.client(CatalogServiceClient::new(self.channels.catalog.clone()))
    }

    /// Carts.
    pub(crate) fn cart(&self) -> CartClient<'_> {
        self.client(CartServiceClient::new(self.channels.order.clone()))
    }

    /// Discount codes.
    pub(crate) fn discount(&self) -> DiscountClient<'_> {
        self.client(DiscountServiceClient::new(self.channels.order.clone()))
    }

    /// Orders and refunds.
    pub(crate) fn order(&self) -> OrderClient<'_> {
        self.client(OrderServiceClient::new(self.channels.order.clone()))
    }

    /// Returns of orders.
    pub(crate) fn returns(&self) -> ReturnClient<'_> {
        self.client(ReturnServiceClient::new(self.channels.order.clone()))
    }

    /// Sagas of orders.
    pub(crate) fn saga(&self) -> SagaClient<'_> {
        self.client(SagaServiceClient::new(self.channels.order.clone()))
    }

    /// Payments and the ledger.
    pub(crate) fn payment(&self) -> PaymentClient<'_> {
        self.client(PaymentServiceClient::new(self.channels.payment.clone()))
    }

    /// Reconciliations with the payment provider.
    pub(crate) fn reconciliation(&self) -> ReconciliationClient<'_> {
        self.client(ReconciliationServiceClient::new(
            self.channels.payment.clone(),
        ))
    }

    /// Webhooks of the payment provider.
    pub(crate) fn webhook(&self) -> WebhookClient<'_> {
        WebhookClient(self.client(PaymentServiceClient::new(self.channels.webhook.clone())))
    }

    /// Accounts, sessions, addresses and signing keys.
    pub(crate) fn user(&self) -> UserClient<'_> {
        self.client(UserServiceClient::new(self.channels.user.clone()))
    }

    /// What the owner of an account changes, and the ways back into it by e-mail.
    pub(crate) fn account(&self) -> AccountClient<'_> {
        self.client(AccountServiceClient::new(self.channels.user.clone()))
    }

    /// The accounts of customers, for staff.
    pub(crate) fn customer(&self) -> CustomerClient<'_> {
        self.client(CustomerServiceClient::new(self.channels.user.clone()))
    }

    /// Staff accounts and their second factor.
    pub(crate) fn staff(&self) -> StaffClient<'_> {
        self.client(StaffServiceClient::new(self.channels.user.clone()))
    }

    /// The dead letters of a service.
    pub(crate) fn dead_letters(&self, service: Service) -> DeadLetterClient<'_> {
        self.client(DeadLetterServiceClient::new(
            self.channels.of(service).clone(),
        ))
    }

    /// The audit log of a service.
    pub(crate) fn audit(&self, service: Service) -> AuditClient<'_> {
        self.client(AuditServiceClient::new(self.channels.of(service).clone()))
    }

    /// What a service is made of.
    pub(crate) fn system(&self, service: Service) -> SystemClient<'_> {
        self.client(SystemServiceClient::new(self.channels.of(service).clone()))
    }

    /// The caller and their deadline, for calls that go past the clients.
    pub(crate) fn caller(&self) -> CallContext {
        self.call.context().clone()
    }

    /// Faults of the replica of a service that answers.
    pub(crate) fn faults(&self, service: Service) -> FaultClient<'_> {
        self.client(FaultServiceClient::new(self.channels.of(service).clone()))
    }

    fn client<C>(&self, rpc: C) -> Client<'_, C> {
        let call = &self.call;
        Client { rpc, call }
    }

    /// The same caller, with at most `limit` of the time that is left.
    #[must_use]
    pub(crate) fn within(&self, limit: Duration) -> Self {
        Self {
            channels: Rc::clone(&self.channels),
            call: self.call.within(limit),
        }
    }

    /// The same caller with a new deadline, for the next read of a stream.
    #[must_use]
    pub(crate) fn renewed(&self, limit: Duration) -> Self {
        Self {
            channels: Rc::clone(&self.channels),
            call: self.call.renewed(limit),
        }
    }

    /// The same time budget with the access token of a new session.
    #[must_use]
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            channels: Rc::clone(&self.channels),
            call: self.call.with_token(token),
        }
    }
}

impl FromRequest for Upstreams {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let call = Call::from_request(request, payload).into_inner();
        let channels = request.app_data::<Rc<Channels>>().cloned();
        ready(call.and_then(|call| {
            let channels = channels.ok_or_else(|| Problem::new(&reasons::INTERNAL))?;
            Ok(Self { channels, call })
        }))
    }
}
