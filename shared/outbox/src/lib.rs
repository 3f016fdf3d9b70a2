//! Transactional outbox and inbox: messages are written in the transaction that causes them, published
//! by a relay, and take effect once.
//!
//! ```ignore
//! // sending: in the store, inside the business transaction
//! outbox::enqueue(conn, &Reserve { .. }).await?;
//!
//! // in the composition root
//! let outbox = Outbox::new(database.clone(), broker.clone(), config.outbox);
//! tasks.spawn(outbox.clone().run(stop.clone()));
//! let queue = Queue::new("catalog.orders").bind::<Reserve>().bind::<Release>();
//! tasks.spawn(outbox::consume(database, broker, queue, handler, outbox, stop));
//! ```

mod config;
mod consume;
mod error;
mod fault;
mod handler;
mod inbox;
mod incoming;
mod messages;
mod metrics;
mod outcome;
mod relay;
mod rows;
mod schema;

pub use config::OutboxConfig;
pub use consume::consume;
pub use error::{BatchError, HandlerError};
pub use handler::Handler;
pub use incoming::{Incoming, per_message};
pub use messages::{Messages, enqueue};
pub use metrics::METRICS;
pub use relay::Outbox;
