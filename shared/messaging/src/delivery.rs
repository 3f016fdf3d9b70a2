use lapin::Acker;
use lapin::BasicProperties;

use crate::envelope::Envelope;
use crate::headers;

/// A received message that is not acknowledged yet. Dropping it does not settle it: the broker
/// redelivers it when the channel ends.
pub struct Delivery {
    /// The message, or which CloudEvents attribute is missing or invalid.
    pub envelope: Result<Envelope, String>,
    /// Which try this is, from 1.
    pub attempt: u32,
    pub(crate) properties: BasicProperties,
    pub(crate) data: Vec<u8>,
    pub(crate) acker: Acker,
}

/// Where a message that was not handled went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// To a retry queue; it returns after a delay.
    Retried,
    /// To the dead letters.
    Dead,
    /// Back to the queue, because the copy was not confirmed; it is redelivered at once, as the
    /// same try.
    Returned,
}

impl From<lapin::message::Delivery> for Delivery {
    fn from(raw: lapin::message::Delivery) -> Self {
        Self {
            envelope: headers::envelope(&raw.properties, raw.data.clone()),
            attempt: headers::attempt(&raw.properties),
            properties: raw.properties,
            data: raw.data,
            acker: raw.acker,
        }
    }
}
