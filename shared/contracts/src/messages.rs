//! Commands and events, which are sent through the broker.
//!
//! A command has an imperative name and one receiver. An event has a name in the past tense and any
//! number of receivers. A type may get more optional fields; any other change is a new version (`.v2`).

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

mod catalog;
mod order;
mod payment;
mod schema;

pub use catalog::*;
pub use order::*;
pub use payment::*;
pub use schema::{ALL, MessageType, consumers, sent_to};

/// Whether a message is a command or an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Requests one service to act. Exchange `mercantile.commands`.
    Command,
    /// Announces to any number of receivers what happened. Exchange `mercantile.events`.
    Event,
}

impl Kind {
    /// The exchange that messages of this kind are published to.
    pub const fn exchange(self) -> &'static str {
        match self {
            Self::Command => "mercantile.commands",
            Self::Event => "mercantile.events",
        }
    }
}

/// A message type of the contract.
pub trait Message: Serialize + DeserializeOwned + JsonSchema {
    /// CloudEvents `type` and routing key: `payment.authorize.v1`.
    const TYPE: &'static str;
    /// Command or event.
    const KIND: Kind;
    /// The service that sends it. CloudEvents `source` is `/` and this name.
    const SOURCE: &'static str;
    /// The durable queues that must receive it: one for a command, any number for an event. A
    /// receiver that may miss events, such as a cache, is not listed.
    const CONSUMERS: &'static [&'static str] = &[];
    /// The field with its subject: `order_id`, `sku`.
    const SUBJECT_FIELD: &'static str = "";
    /// The CloudEvents `subject`: the id of an order, a SKU.
    fn subject(&self) -> String;
}

macro_rules! message {
    ($name:ident, $kind:ident, $type:literal, from $source:literal, to [$($queue:literal),*], about $field:ident) => {
        impl crate::messages::Message for $name {
            const TYPE: &'static str = $type;
            const KIND: crate::messages::Kind = crate::messages::Kind::$kind;
            const SOURCE: &'static str = $source;
            const CONSUMERS: &'static [&'static str] = &[$($queue),*];
            const SUBJECT_FIELD: &'static str = stringify!($field);
            fn subject(&self) -> String {
                self.$field.to_string()
            }
        }
    };
}
use message;
