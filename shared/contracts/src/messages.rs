//! Commands and events: what travels through the broker.
//!
//! A command is imperative and has one receiver; an event is in the past tense and has any number.
//! A type's fields may grow by optional ones; anything else is a new version (`.v2`).

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

mod catalog;
mod order;
mod payment;
mod schema;

pub use catalog::*;
pub use order::*;
pub use payment::*;
pub use schema::{ALL, MessageType};

/// Whether a message asks for something or tells of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Asks one service to act. Exchange `mercantile.commands`.
    Command,
    /// Tells whoever listens what has happened. Exchange `mercantile.events`.
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

/// A message with a place in the contract.
pub trait Message: Serialize + DeserializeOwned + JsonSchema {
    /// CloudEvents `type` and routing key: `payment.authorize.v1`.
    const TYPE: &'static str;
    /// Command or event.
    const KIND: Kind;
    /// The service that sends it. CloudEvents `source` is `/` and this.
    const SOURCE: &'static str;
    /// Which of its fields says what it is about: `order_id`, `sku`.
    const ABOUT: &'static str = "";
    /// What it is about, as CloudEvents `subject`: an order's id, a SKU.
    fn subject(&self) -> String;
}

macro_rules! message {
    ($name:ident, $kind:ident, $type:literal, from $source:literal, about $field:ident) => {
        impl crate::messages::Message for $name {
            const TYPE: &'static str = $type;
            const KIND: crate::messages::Kind = crate::messages::Kind::$kind;
            const SOURCE: &'static str = $source;
            const ABOUT: &'static str = stringify!($field);
            fn subject(&self) -> String {
                self.$field.to_string()
            }
        }
    };
}
use message;
