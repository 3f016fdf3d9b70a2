use lapin::Acker;
use lapin::BasicProperties;

use crate::envelope::Envelope;
use crate::headers;
use crate::origin::Origins;

/// A received message that is not acknowledged yet. Dropping it does not settle it: the broker
/// redelivers it when the channel ends.
pub struct Delivery {
    /// The message, or which CloudEvents attribute is missing or invalid, or why its origin is not
    /// trusted.
    pub envelope: Result<Envelope, String>,
    /// Which try this is, from 1.
    pub attempt: u32,
    pub(crate) properties: BasicProperties,
    pub(crate) data: Vec<u8>,
    pub(crate) acker: Acker,
    /// Whether its origin is not trusted.
    pub(crate) is_untrusted: bool,
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

impl Delivery {
    pub(crate) fn received(raw: lapin::message::Delivery, origins: &Origins) -> Self {
        let mut envelope = headers::envelope(&raw.properties, raw.data.clone());
        let mut is_untrusted = false;
        if let Ok(read) = &envelope {
            let (exchange, key) = (raw.exchange.as_str(), raw.routing_key.as_str());
            let verified = origins.verify(exchange, key, &raw.properties, &read.message_type);
            if let Err(why) = verified {
                envelope = Err(why);
                is_untrusted = true;
            }
        }
        Self {
            envelope,
            is_untrusted,
            attempt: headers::attempt(&raw.properties),
            properties: raw.properties,
            data: raw.data,
            acker: raw.acker,
        }
    }
}
