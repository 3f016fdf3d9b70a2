//! The services behind the gateway, and how a handler calls them.

use std::{
    future::{Future, Ready, ready},
    rc::Rc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::Data};
use chassis::call::CallContext;
use contracts::{
    catalog::v1::catalog_service_client::CatalogServiceClient,
    operations::v1::{
        audit_service_client::AuditServiceClient,
        dead_letter_service_client::DeadLetterServiceClient,
    },
    order::v1::{
        cart_service_client::CartServiceClient, order_service_client::OrderServiceClient,
        saga_service_client::SagaServiceClient,
    },
    payment::v1::{
        payment_service_client::PaymentServiceClient,
        reconciliation_service_client::ReconciliationServiceClient,
    },
    user::v1::user_service_client::UserServiceClient,
};
use tonic::{Response, Status};
use upstream::Upstream;

use crate::{
    config,
    edge::{
        gate::{AccessToken, Matched},
        problem::{Problem, reasons},
    },
};

/// Webhooks that are passed on at the same time. Anyone may send them, so they are bounded far below
/// what customers have.
const WEBHOOKS_AT_ONCE: usize = 32;

/// The way to each service.
#[derive(Debug, Clone)]
pub(crate) struct Upstreams {
    /// Accounts.
    pub(crate) user: Upstream,
    /// Products and stock.
    pub(crate) catalog: Upstream,
    /// Carts and orders.
    pub(crate) order: Upstream,
    /// Payments.
    pub(crate) payment: Upstream,
    /// Payments, for webhooks alone: what goes wrong with them closes no door to customers.
    webhooks: Upstream,
}

impl Upstreams {
    /// Prepares the ways; nothing is connected yet.
    ///
    /// # Errors
    /// A URL or TLS file cannot be used.
    pub(crate) fn new(config: &config::Upstreams) -> anyhow::Result<Self> {
        let webhooks = upstream::Config {
            max_concurrent_calls: config.payment.max_concurrent_calls.min(WEBHOOKS_AT_ONCE),
            ..config.payment.clone()
        };
        Ok(Self {
            user: Upstream::new("user", &config.user)?,
            catalog: Upstream::new("catalog", &config.catalog)?,
            order: Upstream::new("order", &config.order)?,
            payment: Upstream::new("payment", &config.payment)?,
            webhooks: Upstream::new("payment_webhooks", &webhooks)?,
        })
    }

    fn of(&self, service: Service) -> Upstream {
        match service {
            Service::Catalog => &self.catalog,
            Service::Order => &self.order,
            Service::Payment => &self.payment,
            Service::User => &self.user,
        }
        .clone()
    }

    /// The same ways over connections of their own: a worker that shares none saves the hop between
    /// threads, which is a third of the gateway's work.
    #[must_use]
    pub(crate) fn of_worker(&self) -> Self {
        Self {
            user: self.user.with_own_connection(),
            catalog: self.catalog.with_own_connection(),
            order: self.order.with_own_connection(),
            payment: self.payment.with_own_connection(),
            webhooks: self.webhooks.with_own_connection(),
        }
    }
}

/// Calls services on behalf of one request: within its time budget and with its caller's token.
///
/// ```ignore
/// let reply = rpc.call(rpc.user().get_me(GetMeRequest {})).await?;
/// ```
pub(crate) struct Rpc {
    upstreams: Rc<Upstreams>,
    context: CallContext,
}

impl Rpc {
    /// Accounts, sessions, addresses.
    pub(crate) fn user(&self) -> UserServiceClient<Upstream> {
        UserServiceClient::new(self.upstreams.user.clone())
    }

    /// Products and stock.
    pub(crate) fn catalog(&self) -> CatalogServiceClient<Upstream> {
        CatalogServiceClient::new(self.upstreams.catalog.clone())
    }

    /// Carts.
    pub(crate) fn cart(&self) -> CartServiceClient<Upstream> {
        CartServiceClient::new(self.upstreams.order.clone())
    }

    /// Orders.
    pub(crate) fn order(&self) -> OrderServiceClient<Upstream> {
        OrderServiceClient::new(self.upstreams.order.clone())
    }

    /// Payments and the ledger.
    pub(crate) fn payment(&self) -> PaymentServiceClient<Upstream> {
        PaymentServiceClient::new(self.upstreams.payment.clone())
    }

    /// Payments, for what their provider tells.
    pub(crate) fn webhooks(&self) -> PaymentServiceClient<Upstream> {
        PaymentServiceClient::new(self.upstreams.webhooks.clone())
    }

    /// What is under way for orders.
    pub(crate) fn saga(&self) -> SagaServiceClient<Upstream> {
        SagaServiceClient::new(self.upstreams.order.clone())
    }

    /// Comparisons with the payment provider.
    pub(crate) fn reconciliation(&self) -> ReconciliationServiceClient<Upstream> {
        ReconciliationServiceClient::new(self.upstreams.payment.clone())
    }

    /// What a service could not handle.
    pub(crate) fn dead_letters(&self, service: Service) -> DeadLetterServiceClient<Upstream> {
        DeadLetterServiceClient::new(self.upstreams.of(service))
    }

    /// What was done in a service by hand.
    pub(crate) fn audit(&self, service: Service) -> AuditServiceClient<Upstream> {
        AuditServiceClient::new(self.upstreams.of(service))
    }

    /// Makes a call.
    ///
    /// # Errors
    /// What the service refused; `DEADLINE_EXCEEDED` when the budget is spent.
    pub(crate) async fn call<T>(
        &self,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Problem> {
        let running = self.context.clone().scope(call);
        match tokio::time::timeout_at(self.context.deadline(), running).await {
            Ok(outcome) => Ok(outcome?.into_inner()),
            Err(_elapsed) => Err(Problem::new(&reasons::DEADLINE_EXCEEDED)),
        }
    }

    /// The same budget on behalf of someone who has just signed in.
    #[must_use]
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            upstreams: Rc::clone(&self.upstreams),
            context: self.context.clone().with_token(token),
        }
    }
}

impl FromRequest for Rpc {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let upstreams = request.app_data::<Rc<Upstreams>>();
        let budget = request.app_data::<Data<config::BudgetConfig>>();
        let extensions = request.extensions();
        let (Some(upstreams), Some(budget), Some(Matched(row))) =
            (upstreams, budget, extensions.get())
        else {
            return ready(Err(Problem::new(&reasons::INTERNAL)));
        };
        let mut context = CallContext::new(budget.of(row.class));
        if let Some(AccessToken(token)) = extensions.get() {
            context = context.with_token(token);
        }
        ready(Ok(Self {
            upstreams: Rc::clone(upstreams),
            context,
        }))
    }
}

/// Takes the part of an answer that the contract promises.
///
/// # Errors
/// `INTERNAL`, and a line in the log, when the service left it out.
pub(crate) fn promised<T>(part: Option<T>, what: &'static str) -> Result<T, Problem> {
    part.ok_or_else(|| {
        tracing::error!(what, "a service left out what it promises");
        Problem::new(&reasons::INTERNAL)
    })
}
