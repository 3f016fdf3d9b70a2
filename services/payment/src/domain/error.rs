//! What the state of a payment does not allow.

use kernel::{OrderId, PaymentId, RefundId};

use super::{Status, Task};

/// A command or an answer that does not apply. Commands like these come only from a bug: they end
/// as dead letters, for a person to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// The payment belongs to another order.
    #[error("payment {0} does not pay order {1}")]
    AnotherOrder(PaymentId, OrderId),
    /// The order is paid by another payment.
    #[error("order {0} already has another payment than {1}")]
    AnotherPayment(OrderId, PaymentId),
    /// The same payment with another amount, customer or payment method.
    #[error("payment {0} was requested before on other terms")]
    OtherTerms(PaymentId),
    /// The same refund with another payment or amount.
    #[error("refund {0} was requested before on other terms")]
    OtherRefund(RefundId),
    /// An amount that is not above zero.
    #[error("refund {0} is not above zero")]
    NothingToRefund(RefundId),
    /// A void of money that was taken, or is being taken.
    #[error("payment {0} is {1} and cannot be voided")]
    TooLateToVoid(PaymentId, &'static str),
    /// An answer of the provider to something that was not requested.
    #[error("payment {0} is {1:?}: the answer to {2:?} does not apply")]
    NotRequested(PaymentId, Status, Task),
}
