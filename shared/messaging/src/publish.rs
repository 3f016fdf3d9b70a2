//! Publishing with many messages in flight: each is confirmed or has an error.

use std::collections::HashSet;
use std::time::Duration;

use contracts::messages::{self, Kind};
use futures_util::future::join_all;
use lapin::message::BasicReturnMessage;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation, PublisherConfirm};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::Instrument;

use crate::config::BrokerConfig;
use crate::connection::Connection;
use crate::envelope::Envelope;
use crate::error::{BrokerError, PublishError};
use crate::headers;
use crate::metrics::{MESSAGES_PUBLISHED, Published};

mod spans;

use spans::Sending;

/// A message and its exchange; the routing key is its type.
///
/// If no queue is bound, a command is an error. An event is kept for its consumer, or is an error
/// if that has never run; without consumers, it is dropped.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The exchange of the message's kind.
    pub exchange: String,
    /// The message.
    pub envelope: Envelope,
}

impl Outgoing {
    /// False for an event without a consumer that must receive it.
    fn must_arrive(&self) -> bool {
        self.exchange != Kind::Event.exchange()
            || !messages::consumers(&self.envelope.message_type).is_empty()
    }
}

/// A message as the broker gets it.
pub(crate) struct Raw<'a> {
    pub(crate) exchange: &'a str,
    pub(crate) routing_key: &'a str,
    pub(crate) properties: BasicProperties,
    /// Whether it is an error if no queue receives it.
    pub(crate) is_mandatory: bool,
    pub(crate) data: &'a [u8],
}

/// The publisher of a process. Its channel is in confirm mode and serves one batch at a time, so
/// that returned messages belong to that batch.
pub(crate) struct Publisher {
    connection: Connection,
    timeout: Duration,
    channel: Mutex<Option<Channel>>,
}

impl Publisher {
    pub(crate) fn new(connection: Connection, config: &BrokerConfig) -> Self {
        Self {
            connection,
            timeout: config.publish_timeout(),
            channel: Mutex::new(None),
        }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) async fn publish(&self, batch: &[Outgoing]) -> Vec<Result<(), PublishError>> {
        let sending = Sending::of(batch);
        let raw: Vec<_> = batch
            .iter()
            .zip(sending.contexts)
            .map(|(outgoing, trace)| Raw {
                exchange: &outgoing.exchange,
                routing_key: &outgoing.envelope.message_type,
                properties: headers::properties(&outgoing.envelope, trace),
                is_mandatory: outgoing.must_arrive(),
                data: &outgoing.envelope.data,
            })
            .collect();
        let results = self.publish_raw(&raw).instrument(sending.span).await;
        for (span, result) in sending.messages.iter().zip(&results) {
            spans::finish(span, result);
        }
        for (outgoing, result) in batch.iter().zip(&results) {
            let message_type = outgoing.envelope.message_type.as_str();
            MESSAGES_PUBLISHED.of((message_type, outcome(result))).inc();
        }
        results
    }

    /// Publishes one message and waits for its confirm.
    pub(crate) async fn publish_one(&self, raw: Raw<'_>) -> Result<(), PublishError> {
        self.publish_raw(&[raw])
            .await
            .pop()
            .unwrap_or(Err(PublishError::TimedOut))
    }

    /// Publishes all messages at once and waits for their confirms: one result each, in order.
    pub(crate) async fn publish_raw(&self, batch: &[Raw<'_>]) -> Vec<Result<(), PublishError>> {
        let all = |error: PublishError| vec![Err(error); batch.len()];
        let deadline = Instant::now() + self.timeout;
        let Ok(mut slot) = tokio::time::timeout_at(deadline, self.channel.lock()).await else {
            return all(PublishError::TimedOut);
        };
        // The time spent waiting for other batches does not count as time without a response.
        let started = Instant::now();
        let deadline = started + self.timeout;
        // Taken out while in use: after a cancellation the channel is dropped, so that its
        // returned messages do not reach the next batch.
        let channel = match slot.take().filter(|channel| channel.status().connected()) {
            Some(channel) => channel,
            None => match self.confirming_channel().await {
                Ok(channel) => channel,
                Err(error) => return all(PublishError::Unavailable(error.to_string())),
            },
        };
        let sent = join_all(batch.iter().map(|raw| send(&channel, raw)));
        let Ok(results) = tokio::time::timeout_at(deadline, sent).await else {
            self.connection.replace_unresponsive(started);
            return all(PublishError::TimedOut);
        };
        if channel.status().connected() {
            *slot = Some(channel);
        }
        settle(batch, results)
    }

    async fn confirming_channel(&self) -> Result<Channel, BrokerError> {
        let channel = self.connection.channel().await?;
        let confirm = channel.confirm_select(ConfirmSelectOptions::default());
        self.connection.request(confirm).await?;
        Ok(channel)
    }
}

async fn send(channel: &Channel, raw: &Raw<'_>) -> lapin::Result<Confirmation> {
    let options = BasicPublishOptions {
        mandatory: raw.is_mandatory,
        ..BasicPublishOptions::default()
    };
    let confirm: PublisherConfirm = channel
        .basic_publish(
            raw.exchange.into(),
            raw.routing_key.into(),
            options,
            raw.data,
            raw.properties.clone(),
        )
        .await?;
    confirm.await
}

/// Turns confirms into results. With several messages in flight lapin may attach a returned
/// message to the wrong confirm, so the id of the returned message decides. If it has no id (a
/// foreign message that moves to the dead letters), all messages without an id fail: a duplicate
/// is better than a loss.
fn settle(
    batch: &[Raw<'_>],
    confirmations: Vec<lapin::Result<Confirmation>>,
) -> Vec<Result<(), PublishError>> {
    let mut returned = HashSet::new();
    let mut results = Vec::with_capacity(batch.len());
    for confirmation in confirmations {
        results.push(match confirmation {
            Ok(Confirmation::Ack(message)) => {
                returned.extend(message.map(message_id));
                Ok(())
            }
            Ok(Confirmation::Nack(message)) => {
                returned.extend(message.map(message_id));
                Err(PublishError::Refused)
            }
            Ok(Confirmation::NotRequested) => Err(PublishError::Refused),
            Err(error) => Err(PublishError::Unavailable(error.to_string())),
        });
    }
    for (raw, result) in batch.iter().zip(&mut results) {
        let id = raw.properties.message_id().as_ref();
        if !returned.is_empty() && returned.contains(&id.map(|id| id.as_str().to_owned())) {
            *result = Err(PublishError::Unroutable {
                exchange: raw.exchange.to_owned(),
                routing_key: raw.routing_key.to_owned(),
            });
        }
    }
    results
}

fn message_id(message: BasicReturnMessage) -> Option<String> {
    let id = message.delivery.properties.message_id().as_ref()?;
    Some(id.as_str().to_owned())
}

pub(crate) fn outcome(result: &Result<(), PublishError>) -> Published {
    match result {
        Ok(()) => Published::Confirmed,
        Err(PublishError::Unroutable { .. }) => Published::Unroutable,
        Err(PublishError::Refused) => Published::Refused,
        Err(PublishError::TimedOut) => Published::TimedOut,
        Err(PublishError::Unavailable(_)) => Published::Unavailable,
    }
}
