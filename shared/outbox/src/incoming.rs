//! A message as a handler gets it.

use std::ops::Deref;
use std::sync::Arc;

use messaging::Envelope;
use tracing::Span;

use crate::handler::{BatchError, HandlerError};

/// A message of a batch, and the span of handling it. Dereferences to the [`Envelope`].
#[derive(Debug, Clone)]
pub struct Incoming {
    envelope: Arc<Envelope>,
    span: Span,
}

impl Incoming {
    pub(crate) fn new(envelope: Arc<Envelope>, span: Span) -> Self {
        Self { envelope, span }
    }

    /// The span of handling this message: a child of the span that sent it. A message that is added
    /// to [`Messages`](crate::Messages) inside it belongs to the same trace.
    pub fn span(&self) -> &Span {
        &self.span
    }
}

impl Deref for Incoming {
    type Target = Envelope;

    fn deref(&self) -> &Envelope {
        &self.envelope
    }
}

/// Decodes or decides each message, in order and inside its span, with its position in the batch.
///
/// # Errors
/// [`BatchError::Rejected`] with all messages for which `decide` fails.
pub fn each<'m, T>(
    messages: &'m [Incoming],
    mut decide: impl FnMut(usize, &'m Incoming) -> Result<T, HandlerError>,
) -> Result<Vec<T>, BatchError> {
    let mut decided = Vec::with_capacity(messages.len());
    let mut rejected = Vec::new();
    for (position, message) in messages.iter().enumerate() {
        match message.span.in_scope(|| decide(position, message)) {
            Ok(decision) => decided.push(decision),
            Err(error) => rejected.push((position, error)),
        }
    }
    match rejected.is_empty() {
        true => Ok(decided),
        false => Err(BatchError::Rejected(rejected)),
    }
}
