//! Delivered messages, and messages as a handler gets them.

use std::ops::Deref;
use std::sync::Arc;

use messaging::{Delivery, Envelope};
use tracing::Span;

use crate::error::{BatchError, HandlerError};

/// The messages of one transaction, which may run several times.
pub(crate) type Set = Arc<[Message]>;

pub(crate) struct Message {
    pub(crate) envelope: Arc<Envelope>,
    pub(crate) attempt: u32,
}

/// The valid messages of `deliveries`.
pub(crate) fn set(deliveries: &[Delivery]) -> Set {
    let messages = deliveries.iter().filter_map(|delivery| {
        let envelope = delivery.envelope.as_ref().ok()?;
        Some(Message {
            envelope: Arc::new(envelope.clone()),
            attempt: delivery.attempt,
        })
    });
    messages.collect()
}

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

    /// The span of handling this message, a child of the span that sent it. A message that is added to
    /// [`Messages`](crate::Messages) inside it belongs to the same trace.
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

/// Calls `decide` for each message in order, inside its span, with its position in the batch.
///
/// # Errors
/// [`BatchError::Rejected`] with all messages for which `decide` fails.
pub fn per_message<'m, T>(
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
