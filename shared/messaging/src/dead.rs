//! Dead letters: what an operator does with messages that nobody could handle.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use lapin::Channel;
use lapin::message::BasicGetMessage;
use lapin::options::{BasicAckOptions, BasicGetOptions};
use uuid::Uuid;

use crate::broker::Broker;
use crate::envelope::Envelope;
use crate::error::BrokerError;
use crate::headers;
use crate::publish::Raw;
use crate::queue::dead;
use crate::topology;

/// How deep one operation looks into a queue of dead letters.
const DEEPEST_LOOK: usize = 10_000;

/// A message that nobody could handle, and why.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The message's CloudEvents id (or AMQP message id, if it is no CloudEvent).
    pub id: Option<Uuid>,
    /// The message, or what it lacks to be one.
    pub envelope: Result<Envelope, String>,
    /// What the handler said.
    pub error: String,
    /// When it was given up; absent if the broker itself did.
    pub failed_at: Option<DateTime<Utc>>,
    /// How often it was tried.
    pub attempts: u32,
}

/// The dead letters of one queue, or the events without a listener. Looking takes
/// them from the queue for a moment and puts them back; two operators at once each
/// see a part.
pub struct DeadLetters {
    broker: Broker,
    place: String,
    /// Where a redrive leads; without one, to where the message was first sent.
    home: Option<String>,
}

impl DeadLetters {
    pub(crate) fn of(broker: Broker, queue: &str) -> Self {
        Self {
            broker,
            place: dead(queue),
            home: Some(queue.to_owned()),
        }
    }

    pub(crate) fn unheard(broker: Broker) -> Self {
        Self {
            broker,
            place: topology::UNHEARD.to_owned(),
            home: None,
        }
    }

    /// The oldest dead letters, at most `limit`.
    ///
    /// # Errors
    /// When the broker is away or does not answer.
    pub async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, BrokerError> {
        let mut letters = Vec::new();
        self.look(limit.min(DEEPEST_LOOK), async |message| {
            letters.push(letter(message));
            Ok(ControlFlow::Continue(()))
        })
        .await?;
        Ok(letters)
    }

    /// One dead letter.
    ///
    /// # Errors
    /// `NoSuchLetter`, or when the broker is away or does not answer.
    pub async fn inspect(&self, id: Uuid) -> Result<DeadLetter, BrokerError> {
        let mut found = None;
        self.look(DEEPEST_LOOK, async |message| {
            let letter = letter(message);
            if letter.id != Some(id) {
                return Ok(ControlFlow::Continue(()));
            }
            found = Some(letter);
            Ok(ControlFlow::Break(()))
        })
        .await?;
        found.ok_or(BrokerError::NoSuchLetter(id))
    }

    /// Sends one dead letter back to its queue, as a first try.
    ///
    /// # Errors
    /// `NoSuchLetter`, or when the broker is away or does not confirm; then the
    /// letter stays.
    pub async fn redrive(&self, id: Uuid) -> Result<(), BrokerError> {
        let count = self.take(Some(id), 1, Fate::Redrive).await?;
        found(count, id)
    }

    /// Sends all present dead letters back, and returns how many there were.
    ///
    /// # Errors
    /// When the broker is away or does not confirm; what was not sent stays.
    pub async fn redrive_all(&self) -> Result<usize, BrokerError> {
        self.take(None, DEEPEST_LOOK, Fate::Redrive).await
    }

    /// Deletes one dead letter for good.
    ///
    /// # Errors
    /// `NoSuchLetter`, or when the broker is away or does not answer.
    pub async fn discard(&self, id: Uuid) -> Result<(), BrokerError> {
        let count = self.take(Some(id), 1, Fate::Discard).await?;
        found(count, id)
    }

    async fn take(&self, id: Option<Uuid>, most: usize, fate: Fate) -> Result<usize, BrokerError> {
        let mut count = 0_usize;
        self.look(DEEPEST_LOOK, async |message| {
            if id.is_some() && letter(message).id != id {
                return Ok(ControlFlow::Continue(()));
            }
            if matches!(fate, Fate::Redrive) {
                self.send_back(message).await?;
            }
            let acked = message.delivery.acker.ack(BasicAckOptions::default());
            self.broker.consuming().within(acked).await?;
            count += 1;
            Ok(if count < most {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })
        .await?;
        Ok(count)
    }

    async fn send_back(&self, message: &BasicGetMessage) -> Result<(), BrokerError> {
        let (exchange, routing_key) = match &self.home {
            Some(queue) => ("", queue.as_str()),
            None => (
                message.delivery.exchange.as_str(),
                message.delivery.routing_key.as_str(),
            ),
        };
        let copy = Raw {
            exchange,
            routing_key,
            properties: headers::for_redrive(&message.delivery.properties),
            data: &message.delivery.data,
        };
        self.broker.publisher().publish_one(copy).await?;
        Ok(())
    }

    /// Shows the present dead letters one by one; closing the channel puts back
    /// those that were not acknowledged.
    async fn look(
        &self,
        most: usize,
        mut see: impl AsyncFnMut(&BasicGetMessage) -> Result<ControlFlow<()>, BrokerError>,
    ) -> Result<(), BrokerError> {
        let link = self.broker.consuming();
        // An operator's process has only just begun to connect.
        link.soon(self.broker.connected()).await?;
        let channel: Channel = link.channel().await?;
        if let Some(queue) = &self.home {
            link.within(topology::declare_dead(&channel, queue)).await?;
        }
        let mut looked = async || {
            let mut left = most;
            while left > 0 {
                let get = channel.basic_get(self.place.as_str().into(), BasicGetOptions::default());
                let Some(message) = link.within(get).await? else {
                    break;
                };
                // Letters that arrive while we look are for the next time.
                let behind = usize::try_from(message.message_count).unwrap_or(usize::MAX);
                left = (left - 1).min(behind);
                if see(&message).await?.is_break() {
                    break;
                }
            }
            Ok(())
        };
        let result = looked().await;
        let _ = link.within(channel.close(200, "done".into())).await;
        result
    }
}

#[derive(Clone, Copy)]
enum Fate {
    Redrive,
    Discard,
}

fn found(count: usize, id: Uuid) -> Result<(), BrokerError> {
    if count == 0 {
        return Err(BrokerError::NoSuchLetter(id));
    }
    Ok(())
}

fn letter(message: &BasicGetMessage) -> DeadLetter {
    let properties = &message.delivery.properties;
    let envelope = headers::envelope(properties, message.delivery.data.clone());
    let message_id = properties.message_id().as_ref();
    DeadLetter {
        id: match &envelope {
            Ok(envelope) => Some(envelope.id),
            Err(_) => message_id.and_then(|id| id.as_str().parse().ok()),
        },
        envelope,
        error: headers::error(properties),
        failed_at: headers::header(properties, headers::FAILED_AT)
            .and_then(|at| DateTime::parse_from_rfc3339(&at).ok())
            .map(|at| at.with_timezone(&Utc)),
        attempts: headers::attempts(properties),
    }
}
