use chrono::{DateTime, Utc};
use kernel::{ProductId, ReservationId, UserId};
use tracing::Span;

use crate::domain::{Reservation, State};

/// Why the units on hand of a product changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The first units of a new product.
    Initial,
    /// A member of staff changed them.
    Adjusted { by: UserId, reason: String },
    /// A reservation was committed.
    Sold(ReservationId),
    /// A committed reservation was released.
    Returned(ReservationId),
}

/// A change of the units on hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JournalEntry {
    pub(crate) product_id: ProductId,
    pub(crate) delta: i32,
    pub(crate) cause: Cause,
}

/// A change of a stock level as deltas; the constraints of the database check the resulting level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LevelChange {
    pub(crate) product_id: ProductId,
    pub(crate) on_hand: i32,
    pub(crate) reserved: i32,
}

/// The changes of an inventory that must be saved.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) at: DateTime<Utc>,
    pub(crate) new_reservations: Vec<Reservation>,
    pub(crate) states: Vec<(ReservationId, State)>,
    pub(crate) levels: Vec<LevelChange>,
    pub(crate) journal: Vec<JournalEntry>,
    pub(crate) availability: Vec<Availability>,
}

/// A product that sold out, or is in stock again.
#[derive(Debug)]
pub(crate) struct Availability {
    pub(crate) product_id: ProductId,
    pub(crate) in_stock: bool,
    /// The span of the command that caused it; the event is part of that trace.
    pub(crate) span: Span,
}
