//! Writing messages.

use contracts::messages::Message;
use diesel_async::AsyncPgConnection;
use messaging::Envelope;
use uuid::Uuid;

use crate::rows;

/// Writes a message to the outbox of `conn`'s transaction and returns its id.
///
/// It is published after the commit, at least once. Wake the relay then
/// (`Outbox::wake`); without that it waits for the relay to look, up to a second.
///
/// # Errors
/// When the row cannot be written; the transaction must be rolled back.
pub async fn enqueue<M: Message>(
    conn: &mut AsyncPgConnection,
    message: &M,
) -> Result<Uuid, persistence::Error> {
    let envelope = Envelope::of(message)
        .map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))?;
    let id = envelope.id;
    rows::insert(conn, M::KIND.exchange(), envelope).await?;
    Ok(id)
}
