use std::future::Future;
use std::time::Duration;

use http::HeaderValue;
use tokio::time::Instant;

tokio::task_local! {
    static CURRENT: CallContext;
}

/// What every call passes on: how much time is left, and on whose behalf it is made.
///
/// `grpc::Server` sets it around each handler, the gateway around each request, and the client
/// (`upstream::Upstream`) reads it. It is task-local: a task that is spawned does not inherit it.
#[derive(Debug, Clone)]
pub struct CallContext {
    deadline: Instant,
    authorization: Option<HeaderValue>,
}

impl CallContext {
    /// A budget that starts now.
    #[must_use]
    pub fn new(budget: Duration) -> Self {
        Self {
            deadline: Instant::now() + budget,
            authorization: None,
        }
    }

    /// Adds the caller's access token (without `Bearer `). A text that cannot be a token is left out.
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

    /// The context of the running call.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// When the answer is worth nothing any more.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The time that is left; zero if there is none.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The `authorization` header to pass on.
    #[must_use]
    pub fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// Runs a future in this context. It does not cut the future off at the deadline.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_in_the_debug_output_whoever_sent_it() {
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
