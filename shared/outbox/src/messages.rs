//! Writes messages to the outbox.

use contracts::TraceContext;
use contracts::messages::Message;
use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::Envelope;
use persistence::{Error, prepared};
use uuid::Uuid;

/// Writes one message to the outbox in `conn`'s transaction and returns its id.
///
/// It is published after the commit, at least once. Wake the relay after the commit (`Outbox::wake`);
/// otherwise the message waits for the relay's next poll, up to a second.
///
/// # Errors
/// The row cannot be written; the transaction must be rolled back.
pub async fn enqueue<M: Message>(conn: &AsyncPgConnection, message: &M) -> Result<Uuid, Error> {
    let mut messages = Messages::new();
    let id = messages.push(message)?;
    messages.enqueue(conn).await?;
    Ok(id)
}

/// Messages to write to the outbox in this order with one statement.
#[derive(Debug, Default)]
pub struct Messages {
    ids: Vec<Uuid>,
    exchanges: Vec<&'static str>,
    types: Vec<String>,
    sources: Vec<String>,
    subjects: Vec<String>,
    traceparents: Vec<Option<String>>,
    tracestates: Vec<Option<String>>,
    data: Vec<String>,
}

impl Messages {
    /// No messages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message, as a child of the current span.
    ///
    /// # Errors
    /// It cannot be serialized as JSON.
    pub fn add<M: Message>(&mut self, message: &M) -> Result<(), Error> {
        self.push(message).map(drop)
    }

    fn push<M: Message>(&mut self, message: &M) -> Result<Uuid, Error> {
        let envelope = Envelope::of(message)
            .map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))?;
        let data = String::from_utf8(envelope.data)
            .map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))?;
        self.ids.push(envelope.id);
        self.exchanges.push(M::KIND.exchange());
        self.types.push(envelope.message_type);
        self.sources.push(envelope.source);
        self.subjects.push(envelope.subject);
        let (traceparent, tracestate) = TraceContext::into_stored(envelope.trace);
        self.traceparents.push(traceparent);
        self.tracestates.push(tracestate);
        self.data.push(data);
        Ok(envelope.id)
    }

    /// Writes them to the outbox in `conn`'s transaction. Wake the relay after the commit.
    ///
    /// The connection is shared, so that independent statements can be pipelined (`tokio::try_join!`).
    ///
    /// # Errors
    /// The rows cannot be written; the transaction must be rolled back.
    pub async fn enqueue(self, mut conn: &AsyncPgConnection) -> Result<(), Error> {
        if self.ids.is_empty() {
            return Ok(());
        }
        // Arrays, so that one prepared statement serves any number of messages.
        prepared(
            "INSERT INTO outbox
                 (message_id, exchange, type, source, subject, traceparent, tracestate, data)
             SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind::<Array<SqlUuid>, _>(self.ids)
        .bind::<Array<Text>, _>(self.exchanges)
        .bind::<Array<Text>, _>(self.types)
        .bind::<Array<Text>, _>(self.sources)
        .bind::<Array<Text>, _>(self.subjects)
        .bind::<Array<Nullable<Text>>, _>(self.traceparents)
        .bind::<Array<Nullable<Text>>, _>(self.tracestates)
        .bind::<Array<Text>, _>(self.data)
        .execute(&mut conn)
        .await?;
        Ok(())
    }
}
