//! A message as a consumer holds it, until it is settled.

use lapin::Acker;
use lapin::BasicProperties;

use crate::envelope::Envelope;
use crate::headers;

/// A received message that is not acknowledged yet. Dropping it settles nothing:
/// the broker delivers it again when the channel ends.
pub struct Delivery {
    /// The message, or what it lacks to be one.
    pub envelope: Result<Envelope, String>,
    /// Which try this is, from 1.
    pub attempt: u32,
    pub(crate) properties: BasicProperties,
    pub(crate) data: Vec<u8>,
    pub(crate) acker: Acker,
}

/// Where a message went that was not handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// To a retry queue; it comes back after a delay.
    Retried,
    /// To the dead letters.
    Dead,
    /// Back to the queue, because the broker could not take the copy; it comes again
    /// at once, as the same try.
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
