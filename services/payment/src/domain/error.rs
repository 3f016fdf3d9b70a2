use kernel::{OrderId, PaymentId, RefundId};

use super::{Status, Task};

/// Why a command or an answer does not apply. Only a bug sends such commands; they become dead letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// The payment belongs to another order.
    #[error("payment {0} does not belong to order {1}")]
    AnotherOrder(PaymentId, OrderId),
    /// The order already has another payment.
    #[error("order {0} already has another payment than {1}")]
    AnotherPayment(OrderId, PaymentId),
    /// The payment exists with another amount, customer or payment method.
    #[error("payment {0} was requested before on other terms")]
    OtherTerms(PaymentId),
    /// The refund exists with another payment or amount.
    #[error("refund {0} was requested before on other terms")]
    OtherRefund(RefundId),
    /// The amount is not above zero.
    #[error("refund {0} is not above zero")]
    NothingToRefund(RefundId),
    /// The payment is captured, or is being captured.
    #[error("payment {0} is {1} and cannot be voided")]
    TooLateToVoid(PaymentId, &'static str),
    /// The payment does not wait for this answer of the provider.
    #[error("payment {0} is {1:?}: the answer to {2:?} does not apply")]
    NotRequested(PaymentId, Status, Task),
}
