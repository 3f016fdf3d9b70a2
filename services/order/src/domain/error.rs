use kernel::{Currency, Money, Sku, Violations};
use tokens::PageTokenInvalid;

use super::decline_limits::LimitReached;
use super::offers::ExcludedLine;
use super::returns::ReturnStatus;

/// Why a rule rejects a request. `grpc/reasons.rs` has the reasons on the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// All invalid fields.
    #[error("{0}")]
    Invalid(Violations),
    /// A checkout of a cart without lines.
    #[error("the cart is empty")]
    CartEmpty,
    /// The token of a guest's cart was not issued by the shop.
    #[error("the token was not issued by the shop; leave it out to get a new cart")]
    CartTokenInvalid,
    /// One more line than a cart can hold.
    #[error("a cart holds at most {max} lines", max = super::MAX_LINES)]
    CartFull,
    /// A checkout of a cart with lines that cannot be sold.
    #[error("remove these lines from the cart first: {}", explain(.0))]
    NotSellable(Vec<ExcludedLine>),
    /// A SKU that does not exist or is archived.
    #[error("{0} is not for sale")]
    ProductNotFound(Sku),
    /// Two currencies in one sum.
    #[error("{whole} is in {currency}, {part} is in {other}")]
    CurrencyMismatch {
        /// What has a currency already: "the cart".
        whole: &'static str,
        currency: Currency,
        /// What would have to be added: a SKU, "shipping to DE".
        part: String,
        other: Currency,
    },
    /// The customer expected another total.
    #[error("the total is {0} now; read the cart before you order")]
    TotalChanged(Money),
    /// The code does not exist, or does not apply. One error, so that nobody learns which codes exist.
    #[error(
        "the discount code is unknown, not valid now, used up, or needs a larger cart or another currency"
    )]
    DiscountInvalid,
    /// No code has this name. Only for staff.
    #[error("there is no such discount code")]
    DiscountNotFound,
    /// The code exists, or has ended.
    #[error("the discount code exists, or existed before; choose another one")]
    DiscountExists,
    /// Staff have ended it.
    #[error("the discount code has ended; create another one")]
    DiscountEnded,
    /// The code was changed after it was read.
    #[error(
        "the discount code has changed: its version is {current}; read it and repeat the change"
    )]
    DiscountChanged {
        /// The current version.
        current: i64,
    },
    /// The shop does not ship there.
    #[error("the shop does not ship to {0}")]
    DestinationNotServed(String),
    /// The key was used for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The first request with the key is still running.
    #[error("a request with this idempotency key is still running")]
    KeyInUse,
    /// The cart was changed while it was being changed or ordered.
    #[error("the cart was changed meanwhile; read it, then repeat the request")]
    CartChanged,
    /// No such order, or one that the caller may not see.
    #[error("there is no such order")]
    OrderNotFound,
    /// The order is past its cancellation, or its outcome is being decided.
    #[error("the order cannot be cancelled {0}")]
    NotCancellable(&'static str),
    /// The order is not confirmed, or is being cancelled or shipped.
    #[error("the order cannot be shipped {0}")]
    NotShippable(&'static str),
    /// The order is not shipped.
    #[error("only a shipped order can be delivered")]
    NotDeliverable,
    /// Nothing was captured, or there are too many refunds.
    #[error("the order cannot be refunded {0}")]
    NotRefundable(&'static str),
    /// More than the rest of the captured amount.
    #[error("{}", refund_rule(.0))]
    RefundExceedsCaptured(Money),
    /// Units that are refunded or in an open return.
    #[error("{}", units_rule("refunded", .sku, *.left))]
    RefundExceedsBought {
        sku: Sku,
        /// Units that can be refunded.
        left: u32,
    },
    /// The order is not shipped, or it is too late.
    #[error("the order cannot be returned {0}")]
    NotReturnable(&'static str),
    /// Units that are refunded or in another return.
    #[error("{}", units_rule("returned", .sku, *.left))]
    ReturnExceedsBought {
        sku: Sku,
        /// Units that can be returned.
        left: u32,
    },
    /// No such return, or one that the caller may not see.
    #[error("there is no such return")]
    ReturnNotFound,
    /// The return has this status already.
    #[error("the return {}", return_ended(*.0))]
    ReturnNotOpen(ReturnStatus),
    /// Staff decide about money of an order of their own.
    #[error("the order is your own; another member of staff must decide about it")]
    OwnOrder,
    /// No reply is awaited for this order.
    #[error("the order waits for no reply, so there is nothing to repeat or to undo")]
    SagaNotInFlight,
    /// Only the awaited reply decides.
    #[error("the commit or capture was sent; only its reply decides about the order")]
    SagaPastPivot,
    /// The page token was altered, has expired, or belongs to another list.
    #[error(transparent)]
    PageTokenInvalid(#[from] PageTokenInvalid),
    /// More than a payment may have.
    #[error("an order can cost at most {0}; order less at once")]
    TotalTooLarge(Money),
    /// Too many payments were declined.
    #[error("too many payments were declined; wait, then try again")]
    TooManyDeclines(LimitReached),
    /// The payment provider has no such method.
    #[error("payment_method is not the id of a payment method that the shop accepts")]
    PaymentMethodUnknown,
    /// An amount beyond 64 bits.
    #[error("the amount is too large")]
    AmountTooLarge,
}

/// The most lines that an error names, so that it fits into the headers of a response. The cart lists all.
pub(crate) const MAX_NAMED_LINES: usize = 20;

fn explain(lines: &[ExcludedLine]) -> String {
    let named = lines.iter().take(MAX_NAMED_LINES);
    let named = named.map(|line| format!("{} {}", line.sku, line.reason.explain()));
    let mut named: Vec<String> = named.collect();
    let others = lines.len().saturating_sub(MAX_NAMED_LINES);
    if others > 0 {
        named.push(format!("and {others} more"));
    }
    named.join(", ")
}

fn refund_rule(left: &Money) -> String {
    if left.is_zero() {
        "everything that was charged has been refunded, or its refund was requested".to_owned()
    } else {
        format!("at most {left} can be refunded")
    }
}

fn units_rule(what: &str, sku: &Sku, left: u32) -> String {
    match left {
        0 => format!("no unit of {sku} is left to be {what}"),
        1 => format!("only 1 unit of {sku} is left to be {what}"),
        left => format!("only {left} units of {sku} are left to be {what}"),
    }
}

const fn return_ended(status: ReturnStatus) -> &'static str {
    match status {
        ReturnStatus::Requested => "is open",
        ReturnStatus::Approved => "was approved",
        ReturnStatus::Refused => "was refused",
        ReturnStatus::Withdrawn => "was withdrawn",
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}

impl From<kernel::MoneyError> for Error {
    fn from(error: kernel::MoneyError) -> Self {
        match error {
            kernel::MoneyError::CurrencyMismatch(currency, other) => Self::CurrencyMismatch {
                whole: "one amount",
                currency,
                part: "another one".to_owned(),
                other,
            },
            kernel::MoneyError::CurrencyUnknown | kernel::MoneyError::Overflow => {
                Self::AmountTooLarge
            }
        }
    }
}
