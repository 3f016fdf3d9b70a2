use std::{
    cell::Cell,
    io,
    task::{Context, Poll, Waker},
};

/// One request and its response, as far as the connection must know. A connection and its requests run on one thread.
#[derive(Default)]
pub(crate) struct Exchange {
    stage: Cell<Stage>,
    body: Cell<Body>,
    closes: Cell<bool>,
    /// Whether the response ends when the client closes its side.
    ends_with_client: Cell<bool>,
    /// The library's task, while it waits for the body.
    waiting: Cell<Option<Waker>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// For a request, or for the rest of its head.
    #[default]
    Waiting,
    /// The request is with the middleware.
    Running,
    /// The response is complete, but not all of it is written.
    Answered,
}

/// The rest of a request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// So many bytes.
    Sized(u64),
    /// Chunks, or another protocol. The connection is closed after the response, because it does not look for the end.
    Unbounded,
}

impl Default for Body {
    fn default() -> Self {
        Self::Sized(0)
    }
}

impl Exchange {
    /// The library has read a head.
    pub(crate) fn begin(&self, body: Body) {
        self.body.set(body);
        if body == Body::Unbounded {
            self.closes.set(true);
        }
        self.stage.set(Stage::Running);
        if body != Body::default()
            && let Some(waker) = self.waiting.take()
        {
            waker.wake();
        }
    }

    /// The current response is of no use once the client has closed its side: a stream without an end. The response of any
    /// other request is completed, because a client may close its side after it has sent the request.
    pub(crate) fn end_with_client(&self) {
        self.ends_with_client.set(true);
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }

    pub(super) fn ends_with_client(&self) -> bool {
        self.ends_with_client.get()
    }

    /// Whether the connection is closed after this response, or was to be closed after an earlier one.
    pub(crate) fn closes(&self) -> bool {
        self.closes.get()
    }

    /// The library has the whole response.
    pub(crate) fn end(&self) {
        self.stage.set(Stage::Answered);
    }

    /// The response is written. False if the connection must be closed.
    pub(super) fn finish(&self) -> bool {
        let is_read = self.body.replace(Body::default()) == Body::Sized(0);
        self.stage.set(Stage::Waiting);
        self.ends_with_client.set(false);
        is_read && !self.closes.get()
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage.get()
    }

    pub(super) fn body(&self) -> Body {
        self.body.get()
    }

    /// The library has read so many bytes of the body.
    pub(super) fn passed_on(&self, count: usize) {
        if let Body::Sized(left) = self.body.get() {
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            self.body.set(Body::Sized(left.saturating_sub(count)));
        }
    }

    /// Nothing can be read before the request has begun, or before its response is written.
    pub(super) fn wait<T>(&self, context: &Context<'_>) -> Poll<io::Result<T>> {
        self.waiting.set(Some(context.waker().clone()));
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_kept_after_a_body_that_was_read() {
        let exchange = Exchange::default();
        exchange.begin(Body::Sized(5));
        exchange.passed_on(5);
        exchange.end();
        assert_eq!(exchange.stage(), Stage::Answered);
        assert!(exchange.finish());
        assert_eq!(exchange.stage(), Stage::Waiting);
    }

    #[test]
    fn a_connection_is_closed_after_a_body_that_was_not_read() {
        let exchange = Exchange::default();
        exchange.begin(Body::Sized(5));
        exchange.passed_on(4);
        exchange.end();
        assert!(!exchange.finish());
        exchange.begin(Body::Unbounded);
        assert!(exchange.closes());
        exchange.passed_on(4);
        exchange.end();
        assert!(!exchange.finish());
        assert!(exchange.closes());
    }
}
