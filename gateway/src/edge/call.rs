//! Time budget, access token and client network of the calls that a request makes.

use std::{
    future::{Future, Ready, ready},
    time::Duration,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::Data};
use chassis::call::{CallContext, ClientNetwork};
use tonic::{Response, Status};

use crate::edge::{
    client_address::{ClientAddress, network},
    config::BudgetConfig,
    problem::{Problem, reasons},
    route::Matched,
};

/// The access token that the gate verified; stored in the request's extensions.
pub(crate) struct AccessToken(pub(crate) String);

/// The deadline of a request and its caller's token, for each call to a service.
#[derive(Debug)]
pub(crate) struct Call(CallContext);

impl Call {
    /// Awaits a service's response until the deadline.
    ///
    /// # Errors
    /// The service's rejection; `DEADLINE_EXCEEDED` after the deadline.
    pub(crate) async fn run<T>(
        &self,
        rpc: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Problem> {
        let running = self.0.clone().scope(rpc);
        match tokio::time::timeout_at(self.0.deadline(), running).await {
            Ok(outcome) => Ok(outcome?.into_inner()),
            Err(_elapsed) => Err(Problem::new(&reasons::DEADLINE_EXCEEDED)),
        }
    }

    /// What a call to a service carries.
    pub(crate) fn context(&self) -> &CallContext {
        &self.0
    }

    /// The same caller, with at most `limit` of the time that is left.
    #[must_use]
    pub(crate) fn within(&self, limit: Duration) -> Self {
        Self(self.0.renewed(limit.min(self.0.remaining())))
    }

    /// The same caller with a new deadline, for the next read of a stream.
    #[must_use]
    pub(crate) fn renewed(&self, limit: Duration) -> Self {
        Self(self.0.renewed(limit))
    }

    /// The same deadline with the access token of a new session.
    #[must_use]
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self(self.0.clone().with_token(token))
    }
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let budget = request.app_data::<Data<BudgetConfig>>();
        let extensions = request.extensions();
        let (Some(budget), Some(Matched(row))) = (budget, extensions.get()) else {
            return ready(Err(Problem::new(&reasons::INTERNAL)));
        };
        let mut context = CallContext::new(budget.of(row.class));
        if let Some(AccessToken(token)) = extensions.get() {
            context = context.with_token(token);
        }
        let address = extensions.get::<ClientAddress>();
        let network = address.and_then(|ClientAddress(address)| {
            ClientNetwork::parse(&network(*address).to_string())
        });
        let context = context.with_client_network(network);
        ready(Ok(Self(context)))
    }
}
