use std::future::Future;
use std::time::Duration;

use http::HeaderValue;
use tokio::time::Instant;

use super::ClientNetwork;

tokio::task_local! {
    static CURRENT: CallContext;
}

/// What a call passes on to the calls that it causes: the deadline, the caller's access token and the client's
/// network.
///
/// `grpc::Server` sets it for each handler and the gateway for each request; the client
/// (`upstream::Upstream`) reads it. It is task-local: a spawned task does not inherit it.
#[derive(Debug, Clone)]
pub struct CallContext {
    deadline: Instant,
    authorization: Option<HeaderValue>,
    client_network: Option<ClientNetwork>,
}

impl CallContext {
    /// A context whose deadline is `budget` from now.
    #[must_use]
    pub fn new(budget: Duration) -> Self {
        Self {
            deadline: Instant::now() + budget,
            authorization: None,
            client_network: None,
        }
    }

    /// The same caller with a new deadline, `budget` from now: for the next read of a long stream, or for a part of a
    /// request.
    #[must_use]
    pub fn renewed(&self, budget: Duration) -> Self {
        Self {
            deadline: Instant::now() + budget,
            ..self.clone()
        }
    }

    /// Adds the caller's access token (without `Bearer `). A text that is not valid in a header is
    /// ignored.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        let header = HeaderValue::try_from(format!("Bearer {token}"));
        self.authorization = header.ok().map(|mut value| {
            value.set_sensitive(true);
            value
        });
        self
    }

    pub(crate) fn with_authorization(mut self, header: Option<HeaderValue>) -> Self {
        self.authorization = header.map(|mut value| {
            value.set_sensitive(true);
            value
        });
        self
    }

    /// Adds the network of the client at the edge.
    #[must_use]
    pub fn with_client_network(mut self, network: Option<ClientNetwork>) -> Self {
        self.client_network = network;
        self
    }

    /// The context of the current call.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// The time after which the caller does not wait any more.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The time until the deadline; zero after it.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The `authorization` header to pass on.
    #[must_use]
    pub fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// The network of the client at the edge, to pass on.
    #[must_use]
    pub fn client_network(&self) -> Option<&ClientNetwork> {
        self.client_network.as_ref()
    }

    /// Runs a future in this context. Does not abort it at the deadline.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debug_output_never_contains_a_token() {
        let received = Some(HeaderValue::from_static("Bearer hunter2"));
        let context = CallContext::new(Duration::from_secs(1));
        let texts = [
            format!("{:?}", context.clone().with_authorization(received)),
            format!("{:?}", context.with_token("hunter2")),
        ];
        for text in texts {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
