//! Dead letters: what an operator does with messages that nobody could handle.

use std::time::Duration;

use lapin::Channel;
use lapin::message::BasicGetMessage;
use lapin::options::{BasicAckOptions, BasicGetOptions};
use tokio::time::Instant;
use uuid::Uuid;

use crate::broker::Broker;
use crate::error::BrokerError;
use crate::headers;
use crate::publish::Raw;
use crate::queue::dead;
use crate::topology;

mod held;
mod letter;

pub use held::HeldLetter;
pub use letter::DeadLetter;

/// How deep one operation looks into a queue of dead letters. What lies deeper is reached once
/// those before it are gone.
const DEEPEST_LOOK: usize = 10_000;
/// Whoever has all of them sent back does not wait for ever: then those that are left stay.
const LONGEST_REDRIVE: Duration = Duration::from_secs(3);
/// Letters that travel back together. The broker keeps more than 32 acknowledgements of a channel
/// to itself until earlier ones are done, and forgets them when the channel ends.
const SENT_TOGETHER: usize = 16;
/// Somebody else who looks has the letters for a moment, and the broker takes another to put them
/// back.
const LOOKS: u32 = 4;
const BETWEEN_LOOKS: Duration = Duration::from_millis(150);

impl Broker {
    /// The dead letters of a queue, for an operator.
    pub fn dead_letters(&self, queue: &str) -> DeadLetters {
        DeadLetters::of(self.clone(), queue)
    }

    /// Events that no queue took, of the last fourteen days: a redrive publishes them
    /// again, once their listener is there.
    pub fn unheard(&self) -> DeadLetters {
        DeadLetters::unheard(self.clone())
    }
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

    /// How many there are, besides those that somebody is looking at.
    ///
    /// # Errors
    /// When the broker is away or does not answer.
    pub async fn count(&self) -> Result<u64, BrokerError> {
        let channel = self.open().await?;
        let link = self.broker.consuming();
        let count = link.within(topology::depth(&channel, &self.place)).await;
        self.leave(&channel).await;
        count
    }

    /// The oldest dead letters, at most `limit`.
    ///
    /// # Errors
    /// When the broker is away or does not answer.
    pub async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, BrokerError> {
        let channel = self.open().await?;
        let mut look = self.look(&channel, limit.min(DEEPEST_LOOK));
        let mut letters = Vec::new();
        let looked = loop {
            match look.next().await {
                Ok(Some(message)) => letters.push(DeadLetter::of(&message)),
                Ok(None) => break Ok(letters),
                Err(error) => break Err(error),
            }
        };
        self.leave(&channel).await;
        looked
    }

    /// One dead letter.
    ///
    /// # Errors
    /// `NoSuchLetter`, or when the broker is away or does not answer.
    pub async fn inspect(&self, id: Uuid) -> Result<DeadLetter, BrokerError> {
        let held = self.hold(id).await?;
        let letter = held.letter();
        held.put_back().await;
        Ok(letter)
    }

    /// Takes one dead letter out of the queue, to decide its fate.
    ///
    /// # Errors
    /// `NoSuchLetter`, or when the broker is away or does not answer.
    pub async fn hold(&self, id: Uuid) -> Result<HeldLetter<'_>, BrokerError> {
        for look in 1..=LOOKS {
            if let Some(held) = self.try_hold(id).await? {
                return Ok(held);
            }
            if look < LOOKS {
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        }
        Err(BrokerError::NoSuchLetter(id))
    }

    /// Sends all present dead letters back, as many as there is time for, and returns how many
    /// that were.
    ///
    /// # Errors
    /// When the broker is away or does not confirm; what was not sent stays.
    pub async fn redrive_all(&self) -> Result<usize, BrokerError> {
        let channel = self.open().await?;
        let sent = self.send_all_back(&channel).await;
        self.leave(&channel).await;
        sent
    }

    async fn send_all_back(&self, channel: &Channel) -> Result<usize, BrokerError> {
        let end = Instant::now() + LONGEST_REDRIVE;
        let mut look = self.look(channel, DEEPEST_LOOK);
        let mut count = 0;
        loop {
            let mut some = Vec::new();
            while some.len() < SENT_TOGETHER
                && Instant::now() < end
                && let Some(message) = look.next().await?
            {
                some.push(message);
            }
            if some.is_empty() {
                self.settled(channel).await?;
                return Ok(count);
            }
            let copies: Vec<_> = some.iter().map(|message| self.copy(message)).collect();
            let sent = self.broker.publisher().publish_raw(&copies).await;
            for (message, sent) in some.iter().zip(sent) {
                sent?;
                let acked = message.delivery.acker.ack(BasicAckOptions::default());
                self.broker.consuming().within(acked).await?;
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
                self.leave(&channel).await;
                other.map(|_| None)
            }
        }
    }

    async fn find(
        &self,
        channel: &Channel,
        id: Uuid,
    ) -> Result<Option<BasicGetMessage>, BrokerError> {
        let mut look = self.look(channel, DEEPEST_LOOK);
        while let Some(message) = look.next().await? {
            if DeadLetter::of(&message).id == id {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    async fn send_back(&self, message: &BasicGetMessage) -> Result<(), BrokerError> {
        let copy = self.copy(message);
        self.broker.publisher().publish_one(copy).await?;
        Ok(())
    }

    /// The message as it goes back to where it came from.
    fn copy<'a>(&'a self, message: &'a BasicGetMessage) -> Raw<'a> {
        let (exchange, routing_key) = match &self.home {
            Some(queue) => ("", queue.as_str()),
            None => (
                message.delivery.exchange.as_str(),
                message.delivery.routing_key.as_str(),
            ),
        };
        Raw {
            exchange,
            routing_key,
            properties: headers::for_redrive(&message.delivery.properties),
            data: &message.delivery.data,
        }
    }

    /// Waits until the queue has taken the channel's acknowledgements: it does one thing after the
    /// other. A letter that it shows instead of nothing goes back with the channel.
    async fn settled(&self, channel: &Channel) -> Result<(), BrokerError> {
        let get = channel.basic_get(self.place.as_str().into(), BasicGetOptions::default());
        let _seen = self.broker.consuming().within(get).await?;
        Ok(())
    }

    /// A channel to look through.
    async fn open(&self) -> Result<Channel, BrokerError> {
        let link = self.broker.consuming();
        // An operator's process has only just begun to connect.
        link.soon(self.broker.connected()).await?;
        let channel: Channel = link.channel().await?;
        if let Some(queue) = &self.home {
            link.within(topology::declare_dead(&channel, queue)).await?;
        }
        Ok(channel)
    }

    /// Closing the channel puts back what was not acknowledged.
    async fn leave(&self, channel: &Channel) {
        let closed = channel.close(200, "done".into());
        let _ = self.broker.consuming().within(closed).await;
    }

    fn look<'a>(&'a self, channel: &'a Channel, most: usize) -> Look<'a> {
        Look {
            letters: self,
            channel,
            left: most,
        }
    }
}

/// Takes the present dead letters one by one; the channel holds them until it ends.
struct Look<'a> {
    letters: &'a DeadLetters,
    channel: &'a Channel,
    left: usize,
}

impl Look<'_> {
    async fn next(&mut self) -> Result<Option<BasicGetMessage>, BrokerError> {
        if self.left == 0 {
            return Ok(None);
        }
        let DeadLetters { broker, place, .. } = self.letters;
        let options = BasicGetOptions::default();
        let get = self.channel.basic_get(place.as_str().into(), options);
        let message = broker.consuming().within(get).await?;
        // Letters that arrive while we look are for the next time.
        let behind = message.as_ref().map_or(0, |message| message.message_count);
        let behind = usize::try_from(behind).unwrap_or(usize::MAX);
        self.left = (self.left - 1).min(behind);
        Ok(message)
    }
}
