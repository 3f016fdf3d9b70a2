//! The transaction of a batch: inbox, handler and replies.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contracts::trace;
use futures_util::FutureExt;
use messaging::process_span;
use tracing::Span;

use crate::error::{BatchError, HandlerError};
use crate::fault::Fault;
use crate::handler::Handler;
use crate::inbox;
use crate::incoming::{Incoming, Message, Set};
use crate::outcome::Outcome;

use super::{Worker, spans};

/// Above every timeout of the server: a commit without a response by then is lost, with its connection.
const LONGEST_COMMIT: Duration = Duration::from_secs(60);

/// A transaction that has committed.
pub(crate) struct Committed<E> {
    pub(crate) outcomes: Vec<Outcome>,
    /// `None` if all messages are duplicates.
    pub(crate) effects: Option<E>,
    handled: Vec<Incoming>,
}

/// Why a transaction did not commit: a [`BatchError`] with positions in the set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// At least one message, with its span.
    #[error("{} messages of the set are rejected", .0.len())]
    Rejected(Vec<(usize, HandlerError, Span)>),
    #[error(transparent)]
    Failed(HandlerError),
}

impl From<persistence::Error> for Failure {
    fn from(error: persistence::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl<H: Handler> Worker<H> {
    /// Sets `begun` once the transaction has begun. The current span is that of a single message; if
    /// several messages share the commit, each gets a span here.
    pub(crate) async fn commit(
        &self,
        set: &Set,
        begun: &AtomicBool,
    ) -> Result<Committed<H::Effects>, Failure> {
        let (set, handler) = (Arc::clone(set), Arc::clone(&self.handler));
        let queue = Arc::clone(&self.queue);
        let committed = self.database.transaction(async move |conn| {
            begun.store(true, Ordering::Relaxed);
            let mut new = inbox::insert(conn, &queue, &set).await?;
            let mut outcomes = vec![Outcome::Duplicate; set.len()];
            let (mut positions, mut messages) = (Vec::new(), Vec::new());
            for (position, message) in set.iter().enumerate() {
                // A message that comes twice in a batch is new once.
                if new.remove(&message.envelope.id) {
                    let span = match set.len() {
                        1 => Span::current(),
                        _ => span(&queue, message),
                    };
                    outcomes[position] = Outcome::Handled;
                    positions.push(position);
                    messages.push(Incoming::new(Arc::clone(&message.envelope), span));
                }
            }
            let mut effects = None;
            if !messages.is_empty() {
                // A panic must not end the process: the message would be redelivered and crash every
                // replica.
                let handled = AssertUnwindSafe(handler.handle(conn, &messages)).catch_unwind();
                let handled = handled.await.unwrap_or_else(|panic| Err(panicked(&*panic)));
                effects = Some(handled.map_err(|error| failure(error, &positions, &messages))?);
            }
            Ok::<_, Failure>(Committed {
                outcomes,
                effects,
                handled: messages,
            })
        });
        match tokio::time::timeout(LONGEST_COMMIT, committed).await {
            Ok(Ok(committed)) => {
                for message in &committed.handled {
                    // Makes the span end after the commit, not after the handler.
                    message.span().in_scope(|| tracing::debug!("committed"));
                }
                Ok(committed)
            }
            Ok(Err(error)) => Err(error),
            Err(elapsed) => Err(persistence::Error::Unavailable(Box::new(elapsed)).into()),
        }
    }
}

/// The span of a message that shares a commit, linked to the span of that commit.
fn span(queue: &str, message: &Message) -> Span {
    let span = process_span(queue, &message.envelope, Some(message.attempt));
    if let Some(shared) = trace::current() {
        trace::link(&span, &shared);
    }
    span
}

/// Maps positions among the new `messages` to positions in the set.
fn failure(error: BatchError, positions: &[usize], messages: &[Incoming]) -> Failure {
    let rejected = match error {
        BatchError::Failed(error) => return Failure::Failed(error),
        BatchError::Rejected(rejected) => rejected,
    };
    let mut mapped = Vec::with_capacity(rejected.len());
    for (position, error) in rejected {
        // An error of the database concerns the batch, not one message.
        if Fault::of(&error).is_of_the_database() {
            return Failure::Failed(error);
        }
        if let (Some(at), Some(message)) = (positions.get(position), messages.get(position)) {
            mapped.push((*at, error, message.span().clone()));
        }
    }
    if mapped.is_empty() {
        return Failure::Failed(HandlerError::poison("the handler rejected no message"));
    }
    for (_, error, span) in &mapped {
        spans::failed(span, Fault::of(error).name());
    }
    Failure::Rejected(mapped)
}

fn panicked(panic: &(dyn Any + Send)) -> BatchError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("(no text)");
    HandlerError::poison(format!("the handler panicked: {text}")).into()
}
