//! One dead letter in an operator's hand.

use lapin::Channel;
use lapin::message::BasicGetMessage;
use lapin::options::BasicAckOptions;

use super::{DeadLetter, DeadLetters};
use crate::error::BrokerError;

/// A dead letter that is taken out of its queue until its fate is decided. Whoever holds it can
/// record what is going to happen before it happens; dropping it puts it back.
pub struct HeldLetter<'a> {
    pub(super) letters: &'a DeadLetters,
    pub(super) message: BasicGetMessage,
    /// Those that were looked at before it are held by the channel, too.
    pub(super) channel: Channel,
}

impl HeldLetter<'_> {
    /// The letter.
    #[must_use]
    pub fn letter(&self) -> DeadLetter {
        DeadLetter::of(&self.message)
    }

    /// Sends it back to its queue, as a first try.
    ///
    /// # Errors
    /// When the broker is away or does not confirm; then the letter stays, and may have been sent
    /// all the same.
    pub async fn redrive(self) -> Result<(), BrokerError> {
        let sent = self.letters.send_back(&self.message).await;
        match sent {
            Ok(()) => self.remove().await,
            Err(error) => {
                self.put_back().await;
                Err(error)
            }
        }
    }

    /// Deletes it for good.
    ///
    /// # Errors
    /// When the broker is away or does not answer; then the letter stays.
    pub async fn discard(self) -> Result<(), BrokerError> {
        self.remove().await
    }

    /// Puts it back as it was.
    pub async fn put_back(self) {
        self.letters.leave(&self.channel).await;
    }

    async fn remove(self) -> Result<(), BrokerError> {
        let link = self.letters.broker.consuming();
        let acked = self.message.delivery.acker.ack(BasicAckOptions::default());
        let acked = link.within(acked).await;
        self.letters.leave(&self.channel).await;
        // False: the channel ended meanwhile, so the broker has put the letter back.
        match acked {
            Ok(true) => Ok(()),
            Ok(false) => Err(BrokerError::Disconnected),
            Err(error) => Err(error),
        }
    }
}
