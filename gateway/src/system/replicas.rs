//! Calls to every replica of every service.

use std::{future::Future, time::Duration};

use chassis::call::CallContext;
use contracts::operations::v1::system_service_client::SystemServiceClient;
use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Response, Status};
use upstream::Upstream;

use crate::{edge::problem::Problem, model::Service, upstreams::Channels};

/// Longest time for the answer of one replica.
const BUDGET: Duration = Duration::from_secs(1);

/// The answer of one replica.
#[derive(Debug)]
pub(super) struct Answer<T> {
    pub(super) service: &'static str,
    /// Its address; empty if the service has no address.
    pub(super) address: String,
    /// None if it did not answer in time.
    pub(super) response: Option<T>,
}

/// Asks every replica of every service at the same time. A replica that does not answer fails alone.
///
/// # Errors
/// A replica rejects the caller: nobody may see what was collected for someone else.
pub(super) async fn ask_all<T, Asked>(
    channels: &Channels,
    caller: &CallContext,
    ask: impl Fn(SystemServiceClient<Upstream>) -> Asked,
) -> Result<Vec<Answer<T>>, Problem>
where
    Asked: Future<Output = Result<Response<T>, Status>>,
{
    let services = Service::NAMES.into_iter();
    let services =
        services.map(|(name, service)| ask_each(name, channels.of(service), caller, &ask));
    let answers = join_all(services).await;
    let answers: Result<Vec<_>, Problem> = answers.into_iter().collect();
    Ok(answers?.into_iter().flatten().collect())
}

async fn ask_each<T, Asked>(
    service: &'static str,
    channel: &Upstream,
    caller: &CallContext,
    ask: impl Fn(SystemServiceClient<Upstream>) -> Asked,
) -> Result<Vec<Answer<T>>, Problem>
where
    Asked: Future<Output = Result<Response<T>, Status>>,
{
    let deadline = Instant::now() + BUDGET;
    let replicas = timeout_at(deadline, channel.each())
        .await
        .unwrap_or_default();
    if replicas.is_empty() {
        return Ok(vec![Answer {
            service,
            address: String::new(),
            response: None,
        }]);
    }
    let calls = replicas.into_iter().map(|(address, replica)| {
        let asked = ask(SystemServiceClient::new(replica));
        let asked = caller.renewed(BUDGET).scope(asked);
        async move {
            let response = match timeout_at(deadline, asked).await {
                Ok(Ok(response)) => Some(response.into_inner()),
                Ok(Err(status)) if is_rejection(&status) => return Err(Problem::from(status)),
                Ok(Err(_)) | Err(_) => None,
            };
            Ok(Answer {
                service,
                address: address.to_string(),
                response,
            })
        }
    });
    join_all(calls).await.into_iter().collect()
}

fn is_rejection(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::PermissionDenied | Code::Unauthenticated | Code::InvalidArgument
    )
}
