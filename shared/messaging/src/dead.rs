//! What an operator does with dead letters, and a consumer with the unrouted events of its queue.

use std::time::Duration;

use lapin::Channel;
use lapin::message::BasicGetMessage;
use lapin::options::{BasicAckOptions, BasicGetOptions};
use tokio::time::Instant;
use uuid::Uuid;

use crate::broker::Broker;
use crate::error::BrokerError;
use crate::headers;
use crate::origin::Origins;
use crate::publish::Raw;
use crate::queue::{dead, unrouted};
use crate::topology;

mod held;
mod letter;

pub use held::HeldLetter;
pub use letter::DeadLetter;

/// Most messages that one operation reads. Those behind them are reached once these are removed.
const MAX_SCAN: usize = 10_000;
/// Longest time of one `redrive_all`; the remaining letters stay.
const MAX_REDRIVE: Duration = Duration::from_secs(3);
/// Letters that are redriven in one batch. The broker delays more than 32 acknowledgements of a
/// channel until earlier ones are applied, and loses them when the channel ends.
const REDRIVE_BATCH: usize = 16;
/// Scans before a letter counts as missing: a concurrent scan holds the letters, and the broker
/// needs a moment to put them back.
const SCANS: u32 = 4;
const PAUSE_BETWEEN_SCANS: Duration = Duration::from_millis(150);

impl Broker {
    /// The dead letters of a queue, for an operator.
    pub fn dead_letters(&self, queue: &str) -> DeadLetters {
        DeadLetters::of(self.clone(), queue)
    }

    /// The events that `queue` should have received while it was not bound. A redrive sends them
    /// to it; its consumer does so when it subscribes. An error if the queue receives no events.
    pub fn unrouted(&self, queue: &str) -> DeadLetters {
        DeadLetters::unrouted(self.clone(), queue)
    }
}

/// The dead letters or the unrouted events of one queue. Reading takes them from the queue for a
/// moment and puts them back; two operators who read at the same time each get a part.
pub struct DeadLetters {
    broker: Broker,
    /// The queue in which they wait.
    source: String,
    /// The queue that a redrive sends to, by the exchange `retries`.
    queue: String,
    retries: String,
    /// Whether the letters are unrouted events, whose origin nobody has verified yet.
    are_unrouted: bool,
}

impl DeadLetters {
    pub(crate) fn of(broker: Broker, queue: &str) -> Self {
        Self {
            broker,
            source: dead(queue),
            queue: queue.to_owned(),
            retries: topology::retries(queue),
            are_unrouted: false,
        }
    }

    pub(crate) fn unrouted(broker: Broker, queue: &str) -> Self {
        Self {
            broker,
            source: unrouted(queue),
            queue: queue.to_owned(),
            retries: topology::retries(queue),
            are_unrouted: true,
        }
    }

    /// How many there are, except those that another operation holds.
    ///
    /// # Errors
    /// The broker is unreachable or does not respond.
    pub async fn count(&self) -> Result<u64, BrokerError> {
        let channel = self.open().await?;
        let connection = self.broker.consuming();
        let count = connection
            .request(topology::depth(&channel, &self.source))
            .await;
        self.close(&channel).await;
        count
    }

    /// The oldest dead letters, at most `limit`.
    ///
    /// # Errors
    /// The broker is unreachable or does not respond.
    pub async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, BrokerError> {
        let channel = self.open().await?;
        let mut scan = self.scan(&channel, limit.min(MAX_SCAN));
        let mut letters = Vec::new();
        let result = loop {
            match scan.next().await {
                Ok(Some(message)) => letters.push(DeadLetter::of(&message)),
                Ok(None) => break Ok(letters),
                Err(error) => break Err(error),
            }
        };
        self.close(&channel).await;
        result
    }

    /// One dead letter.
    ///
    /// # Errors
    /// `NoSuchLetter`, or the broker is unreachable or does not respond.
    pub async fn inspect(&self, id: Uuid) -> Result<DeadLetter, BrokerError> {
        let held = self.hold(id).await?;
        let letter = held.letter();
        held.put_back().await;
        Ok(letter)
    }

    /// Takes one dead letter out of the queue, to redrive or drop it.
    ///
    /// # Errors
    /// `NoSuchLetter`, or the broker is unreachable or does not respond.
    pub async fn hold(&self, id: Uuid) -> Result<HeldLetter<'_>, BrokerError> {
        for scan in 1..=SCANS {
            if let Some(held) = self.try_hold(id).await? {
                return Ok(held);
            }
            if scan < SCANS {
                tokio::time::sleep(PAUSE_BETWEEN_SCANS).await;
            }
        }
        Err(BrokerError::NoSuchLetter(id))
    }

    /// Redrives the dead letters that are there now, within the time limit, and returns how many it
    /// redrove.
    ///
    /// # Errors
    /// The broker is unreachable or does not confirm; the letters that were not sent stay.
    pub async fn redrive_all(&self) -> Result<usize, BrokerError> {
        let channel = self.open().await?;
        let sent = self.redrive_in_batches(&channel).await;
        self.close(&channel).await;
        sent
    }

    async fn redrive_in_batches(&self, channel: &Channel) -> Result<usize, BrokerError> {
        let end = Instant::now() + MAX_REDRIVE;
        let mut scan = self.scan(channel, MAX_SCAN);
        let mut count = 0;
        loop {
            let mut batch = Vec::new();
            while batch.len() < REDRIVE_BATCH
                && Instant::now() < end
                && let Some(message) = scan.next().await?
            {
                batch.push(message);
            }
            if batch.is_empty() {
                self.acks_applied(channel).await?;
                return Ok(count);
            }
            let copies: Vec<_> = batch.iter().map(|message| self.copy(message)).collect();
            let sent = self.broker.publisher().publish_raw(&copies).await;
            for (message, sent) in batch.iter().zip(sent) {
                sent?;
                let acked = message.delivery.acker.ack(BasicAckOptions::default());
                self.broker.consuming().request(acked).await?;
                count += 1;
            }
        }
    }

    async fn try_hold(&self, id: Uuid) -> Result<Option<HeldLetter<'_>>, BrokerError> {
        let channel = self.open().await?;
        match self.find(&channel, id).await {
            Ok(Some(message)) => Ok(Some(HeldLetter {
                letters: self,
                message,
                channel,
            })),
            other => {
                self.close(&channel).await;
                other.map(|_| None)
            }
        }
    }

    async fn find(
        &self,
        channel: &Channel,
        id: Uuid,
    ) -> Result<Option<BasicGetMessage>, BrokerError> {
        let mut scan = self.scan(channel, MAX_SCAN);
        while let Some(message) = scan.next().await? {
            if DeadLetter::of(&message).id == id {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    async fn send_copy(&self, message: &BasicGetMessage) -> Result<(), BrokerError> {
        let copy = self.copy(message);
        self.broker.publisher().publish_one(copy).await?;
        Ok(())
    }

    /// The message as a redrive sends it.
    fn copy<'a>(&'a self, message: &'a BasicGetMessage) -> Raw<'a> {
        let mut properties = headers::for_redrive(&message.delivery.properties);
        if self.are_unrouted && !is_trusted(message) {
            // Its consumer rejects it.
            properties = headers::untrusted(&properties);
        }
        Raw {
            exchange: &self.retries,
            routing_key: &self.queue,
            properties,
            is_mandatory: true,
            data: &message.delivery.data,
        }
    }

    /// Waits until the queue has applied the channel's acknowledgements: it processes requests in
    /// order, so a `get` comes after them. A letter that the `get` returns goes back when the
    /// channel closes.
    async fn acks_applied(&self, channel: &Channel) -> Result<(), BrokerError> {
        let get = channel.basic_get(self.source.as_str().into(), BasicGetOptions::default());
        let _ignored = self.broker.consuming().request(get).await?;
        Ok(())
    }

    /// A channel for one operation.
    async fn open(&self) -> Result<Channel, BrokerError> {
        let connection = self.broker.consuming();
        // A process that was just started may not be connected yet.
        connection.wait_for(self.broker.connected()).await?;
        let channel: Channel = connection.channel().await?;
        // A queue that has not been declared yet has no dead letters.
        connection
            .request(topology::declare_dead(&channel, &self.queue))
            .await?;
        Ok(channel)
    }

    /// Closes the channel, which puts back what was not acknowledged.
    async fn close(&self, channel: &Channel) {
        let closed = channel.close(200, "done".into());
        let _ = self.broker.consuming().request(closed).await;
    }

    fn scan<'a>(&'a self, channel: &'a Channel, limit: usize) -> Scan<'a> {
        Scan {
            letters: self,
            channel,
            left: limit,
        }
    }
}

/// Whether an event was published as what it says it is.
fn is_trusted(event: &BasicGetMessage) -> bool {
    let sent = &event.delivery;
    let Ok(envelope) = headers::envelope(&sent.properties, Vec::new()) else {
        return false;
    };
    let (exchange, key) = (sent.exchange.as_str(), sent.routing_key.as_str());
    let message_type = &envelope.message_type;
    let verified = Origins::shared().verify(exchange, key, &sent.properties, message_type);
    verified.is_ok()
}

/// Takes the dead letters one by one; the channel holds them until it closes.
struct Scan<'a> {
    letters: &'a DeadLetters,
    channel: &'a Channel,
    left: usize,
}

impl Scan<'_> {
    async fn next(&mut self) -> Result<Option<BasicGetMessage>, BrokerError> {
        if self.left == 0 {
            return Ok(None);
        }
        let DeadLetters { broker, source, .. } = self.letters;
        let options = BasicGetOptions::default();
        let get = self.channel.basic_get(source.as_str().into(), options);
        let message = broker.consuming().request(get).await?;
        // Letters that arrive during the scan are left to the next one.
        let behind = message.as_ref().map_or(0, |message| message.message_count);
        let behind = usize::try_from(behind).unwrap_or(usize::MAX);
        self.left = (self.left - 1).min(behind);
        Ok(message)
    }
}
