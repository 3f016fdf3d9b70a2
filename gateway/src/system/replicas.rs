//! Calls to every replica of every service.

use std::{future::Future, time::Duration};

use chassis::call::CallContext;
use contracts::operations::v1::system_service_client::SystemServiceClient;
use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Response, Status};
use upstream::Upstream;

use crate::{edge::problem::Problem, model::Service, upstreams::Channels};

/// Longest time for the answer of one replica: twice what its readiness checks may take, which it waits for.
const BUDGET: Duration = Duration::from_secs(2);

/// The answer of one replica.
#[derive(Debug)]
pub(super) struct Answer<T> {
    pub(super) service: &'static str,
    /// Its address; empty if the service has no address.
    pub(super) address: String,
    /// None if it did not answer in time.
    pub(super) response: Option<T>,
}

/// Asks every replica of every service at the same time. A replica that does not answer, or rejects the caller, fails alone.
///
/// # Errors
/// None answers, and one rejects the caller.
pub(super) async fn ask_all<T, Call>(
    channels: &Channels,
    caller: &CallContext,
    ask: impl Fn(SystemServiceClient<Upstream>) -> Call,
) -> Result<Vec<Answer<T>>, Problem>
where
    Call: Future<Output = Result<Response<T>, Status>>,
{
    let services = Service::NAMES.into_iter();
    let services =
        services.map(|(name, service)| ask_each(name, channels.of(service), caller, &ask));
    let mut rejection = None;
    let mut answers = Vec::new();
    for (answer, rejected) in join_all(services).await.into_iter().flatten() {
        answers.push(answer);
        rejection = rejection.or(rejected);
    }
    match rejection {
        Some(status) if answers.iter().all(|answer| answer.response.is_none()) => {
            Err(Problem::from(status))
        }
        _ => Ok(answers),
    }
}

/// An answer, and the rejection of the caller, if that is why there is none.
type Asked<T> = (Answer<T>, Option<Status>);

async fn ask_each<T, Call>(
    service: &'static str,
    channel: &Upstream,
    caller: &CallContext,
    ask: impl Fn(SystemServiceClient<Upstream>) -> Call,
) -> Vec<Asked<T>>
where
    Call: Future<Output = Result<Response<T>, Status>>,
{
    let deadline = Instant::now() + BUDGET;
    let replicas = timeout_at(deadline, channel.each())
        .await
        .unwrap_or_default();
    if replicas.is_empty() {
        let none = Answer {
            service,
            address: String::new(),
            response: None,
        };
        return vec![(none, None)];
    }
    let calls = replicas.into_iter().map(|(address, replica)| {
        let asked = ask(SystemServiceClient::new(replica));
        let asked = caller.renewed(BUDGET).scope(asked);
        async move {
            let (response, rejection) = match timeout_at(deadline, asked).await {
                Ok(Ok(response)) => (Some(response.into_inner()), None),
                Ok(Err(status)) if is_rejection(&status) => (None, Some(status)),
                Ok(Err(_)) | Err(_) => (None, None),
            };
            let answer = Answer {
                service,
                address: address.to_string(),
                response,
            };
            (answer, rejection)
        }
    });
    join_all(calls).await
}

fn is_rejection(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::PermissionDenied | Code::Unauthenticated | Code::InvalidArgument
    )
}
