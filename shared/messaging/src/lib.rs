//! RabbitMQ for the services and the gateway: a supervised broker handle, publishing with
//! confirms, competing consumers with delayed retries and dead letters, and a fan-out subscription.
//! Does not depend on a database; `outbox` does.

mod broker;
mod config;
mod connection;
mod consumer;
mod dead;
mod delivery;
mod depth;
mod envelope;
mod error;
mod fan_out;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod headers;
pub mod metrics;
mod origin;
mod pause;
mod publish;
mod queue;
mod receiving;
mod server;
mod topology;

pub use broker::Broker;
pub use config::BrokerConfig;
pub use consumer::Consumer;
pub use dead::{DeadLetter, DeadLetters, HeldLetter};
pub use delivery::{Delivery, Settled};
pub use envelope::{DecodeError, Envelope};
pub use error::{BrokerError, PublishError, with_causes};
pub use fan_out::{FanOut, Notice};
pub use pause::Pause;
pub use publish::Outgoing;
pub use queue::{Binding, Queue};
pub use receiving::process_span;
