use lapin::Channel;
use lapin::message::BasicGetMessage;
use lapin::options::BasicAckOptions;

use super::{DeadLetter, DeadLetters};
use crate::error::BrokerError;

/// A dead letter that is taken out of its queue until it is redriven, dropped or put back. The
/// caller can record the action before it is done. Dropping the value puts the letter back.
pub struct HeldLetter<'a> {
    pub(super) letters: &'a DeadLetters,
    pub(super) message: BasicGetMessage,
    /// Also holds the letters that were read before this one.
    pub(super) channel: Channel,
}

impl HeldLetter<'_> {
    /// The letter.
    #[must_use]
    pub fn letter(&self) -> DeadLetter {
        DeadLetter::of(&self.message)
    }

    /// Sends it to its queue again, as a first try.
    ///
    /// # Errors
    /// The broker is unreachable or does not confirm; the letter stays, and may have been sent
    /// nevertheless.
    pub async fn redrive(self) -> Result<(), BrokerError> {
        let sent = self.letters.send_copy(&self.message).await;
        match sent {
            Ok(()) => self.remove().await,
            Err(error) => {
                self.put_back().await;
                Err(error)
            }
        }
    }

    /// Removes it for good.
    ///
    /// # Errors
    /// The broker is unreachable or does not respond; the letter stays.
    pub async fn drop_letter(self) -> Result<(), BrokerError> {
        self.remove().await
    }

    /// Puts it back as it was.
    pub async fn put_back(self) {
        self.letters.close(&self.channel).await;
    }

    async fn remove(self) -> Result<(), BrokerError> {
        let connection = self.letters.broker.consuming();
        let acked = self.message.delivery.acker.ack(BasicAckOptions::default());
        let acked = connection.request(acked).await;
        self.letters.close(&self.channel).await;
        // False: the channel had ended, so the broker put the letter back.
        match acked {
            Ok(true) => Ok(()),
            Ok(false) => Err(BrokerError::Disconnected),
            Err(error) => Err(error),
        }
    }
}
