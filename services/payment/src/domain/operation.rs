//! A call that is owed to the provider.

use kernel::{Money, OrderId, PaymentId};
use uuid::Uuid;

use super::Task;

/// A leased operation: all that the provider must be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    /// Also the idempotency key: every try of an operation is one call in effect.
    pub(crate) id: Uuid,
    pub(crate) payment_id: PaymentId,
    pub(crate) order_id: OrderId,
    pub(crate) task: Task,
    pub(crate) amount: Money,
    /// The provider's name of the payment method.
    pub(crate) payment_method: String,
    /// The provider's own id of the payment; none before it is authorized.
    pub(crate) reference: Option<String>,
    /// The trace of the command that asked for it.
    pub(crate) traceparent: Option<String>,
    /// Which try this is, from 1.
    pub(crate) attempt: i32,
}
