use kernel::{Money, Violations};

/// Everything that the rules refuse. The wire's reasons are in `grpc/reasons.rs`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// Fields that are not as they must be, all of them.
    #[error("{0}")]
    Invalid(Violations),
    /// Nothing to buy.
    #[error("the cart is empty")]
    CartEmpty,
    /// One more line than a cart can hold.
    #[error("a cart holds at most {max} lines", max = super::cart::MAX_LINES)]
    CartFull,
    /// SKUs that do not exist, or are off the shelf.
    #[error("not for sale: {}", .0.join(", "))]
    ProductNotFound(Vec<String>),
    /// Two currencies in one sum.
    #[error("everything in a cart, and its shipping, must be in one currency")]
    CurrencyMismatch,
    /// The customer saw another total.
    #[error("the total is {0} now")]
    TotalChanged(Money),
    /// No such code, or not now, or not for this cart.
    #[error("the discount code {0}")]
    DiscountInvalid(&'static str),
    /// The shop does not ship there.
    #[error("the shop does not ship to {0}")]
    DestinationNotServed(String),
    /// The key was used for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The first request with the key is still running.
    #[error("a request with this idempotency key is still running")]
    KeyInUse,
    /// The cart was changed while it was being ordered.
    #[error("the cart was changed meanwhile")]
    CartChanged,
    /// No such order, or not for this caller.
    #[error("no such order")]
    OrderNotFound,
    /// Too late, or already decided.
    #[error("the order can not be cancelled {0}")]
    NotCancellable(&'static str),
    /// Not in a state to be shipped.
    #[error("the order can not be shipped {0}")]
    NotShippable(&'static str),
    /// Not shipped.
    #[error("only a shipped order can be delivered")]
    NotDeliverable,
    /// No money was taken, or it went back too often.
    #[error("the order can not be refunded {0}")]
    NotRefundable(&'static str),
    /// More than what is left of the captured amount.
    #[error("at most {0} can be refunded")]
    RefundExceedsCaptured(Money),
    /// Nothing is asked of anybody for this order.
    #[error("nothing is under way for the order")]
    SagaNotInFlight,
    /// Only the answer that is waited for decides.
    #[error("the order can not be given up any more: only the answer that it waits for decides")]
    SagaPastPivot,
    /// Not a token of ours.
    #[error("the page token is not one of ours")]
    PageTokenInvalid,
    /// An amount beyond 64 bits.
    #[error("the amount is too large")]
    AmountTooLarge,
}

impl Error {
    /// A discount code that does not exist.
    pub(crate) const DISCOUNT_UNKNOWN: Self = Self::DiscountInvalid("does not exist");
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}

impl From<kernel::MoneyError> for Error {
    fn from(error: kernel::MoneyError) -> Self {
        match error {
            kernel::MoneyError::CurrencyMismatch(..) | kernel::MoneyError::CurrencyUnknown => {
                Self::CurrencyMismatch
            }
            kernel::MoneyError::Overflow => Self::AmountTooLarge,
        }
    }
}
