use tracing::Span;

use super::event::Event;
use super::order::Order;

/// What happened to an order, and the order afterwards.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) order: Order,
    pub(crate) events: Vec<Event>,
    /// The span that caused it: its messages belong to that trace.
    pub(crate) span: Span,
}

impl Change {
    /// A change that the current span causes.
    pub(crate) fn new(order: Order, events: Vec<Event>) -> Self {
        Self {
            order,
            events,
            span: Span::current(),
        }
    }
}
