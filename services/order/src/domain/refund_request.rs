use kernel::{Money, OrderId, Violations};

use super::Error;
use super::checkout::check_key;
use super::order::{Order, Status};
use super::record::RefundRecord;
use super::refund::{Refund, RefundStatus};

/// The most refunds of an order, failed ones included. The order is returned with all of them.
const MAX_REFUNDS: usize = 50;
const TOO_MANY: Error = Error::NotRefundable("more than 50 times");

/// A refund of the same order that was requested before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EarlierRefund {
    /// The idempotency key of its request.
    pub(crate) key: String,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) record: RefundRecord,
}

/// A valid request for a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefundRequest {
    pub(crate) order_id: OrderId,
    pub(crate) key: String,
    /// None for the rest of the captured amount.
    pub(crate) amount: Option<Money>,
    pub(crate) reason: String,
}

impl RefundRequest {
    /// Checks every field and reports all violations at once.
    pub(crate) fn new<E: std::fmt::Display>(
        order_id: OrderId,
        key: String,
        amount: Option<Result<Money, E>>,
        reason: &str,
    ) -> Result<Self, Error> {
        let mut violations = Violations::new();
        check_key(&mut violations, &key);
        let amount = amount.and_then(|amount| violations.take("amount", amount));
        violations.check(
            amount.is_none_or(|amount| amount.minor_units() > 0),
            "amount",
            "must be more than 0",
        );
        let reason = violations.line("reason", reason, 1..=500);
        Ok(violations.or(Self {
            order_id,
            key,
            amount,
            reason,
        })?)
    }

    /// The refund that the same request made before.
    ///
    /// # Errors
    /// The key was used for another request.
    pub(crate) fn replay(
        &self,
        fingerprint: &[u8],
        earlier: &[EarlierRefund],
    ) -> Result<Option<RefundRecord>, Error> {
        match earlier.iter().find(|earlier| earlier.key == self.key) {
            None => Ok(None),
            Some(same) if same.fingerprint == fingerprint => Ok(Some(same.record.clone())),
            Some(_) => Err(Error::KeyReused),
        }
    }

    /// The refund to make for an order with these earlier refunds.
    pub(crate) fn decide(&self, order: &Order, earlier: &[EarlierRefund]) -> Result<Refund, Error> {
        let counted = earlier.iter().map(|earlier| &earlier.record);
        let counted = counted.filter(|refund| refund.status != RefundStatus::Failed);
        let currency = order.total.currency();
        let refunded = Money::sum(currency, counted.map(|refund| refund.amount))?;
        let amount = self.amount(order.status, order.total, refunded, earlier.len())?;
        Ok(Refund::new(order.id, amount))
    }

    /// The amount to refund, if `refunded` is the sum of earlier refunds and `count` their number, failed
    /// ones included.
    fn amount(
        &self,
        status: Status,
        captured: Money,
        refunded: Money,
        count: usize,
    ) -> Result<Money, Error> {
        if !matches!(status, Status::Shipped | Status::Delivered) {
            return Err(Error::NotRefundable("before it is shipped"));
        }
        if captured.is_zero() {
            return Err(Error::NotRefundable("because it was free"));
        }
        if count >= MAX_REFUNDS {
            return Err(TOO_MANY);
        }
        let left = captured.minus(refunded)?;
        let amount = self.amount.unwrap_or(left);
        if amount.currency() != left.currency() {
            let message = format_args!("must be in {}", left.currency());
            return Err(Violations::one("amount", message).into());
        }
        if amount.minor_units() > left.minor_units() || amount.is_zero() {
            return Err(Error::RefundExceedsCaptured(left));
        }
        Ok(amount)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use kernel::{Currency, MoneyError};

    use super::*;

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    fn request(amount: Option<Money>) -> RefundRequest {
        let amount = amount.map(Ok::<_, MoneyError>);
        RefundRequest::new(OrderId::generate(), "k".to_owned(), amount, "broken").unwrap()
    }

    #[test]
    fn an_exceeded_refund_says_what_is_left() {
        let text = |left| Error::RefundExceedsCaptured(left).to_string();
        assert_eq!(text(eur(600)), "at most 6.00 EUR can be refunded");
        assert_eq!(
            text(eur(0)),
            "everything that was charged has been refunded, or its refund was requested"
        );
    }

    #[test]
    fn refunds_never_add_up_to_more_than_was_captured() {
        for (requested, refunded, expect) in [
            (None, 0, Ok(eur(1000))),
            (None, 400, Ok(eur(600))),
            (Some(eur(600)), 400, Ok(eur(600))),
            (
                Some(eur(601)),
                400,
                Err(Error::RefundExceedsCaptured(eur(600))),
            ),
            (None, 1000, Err(Error::RefundExceedsCaptured(eur(0)))),
            (
                Some(Money::new(1, Currency::USD)),
                0,
                Err(Violations::one("amount", "must be in EUR").into()),
            ),
        ] {
            let found = request(requested).amount(Status::Shipped, eur(1000), eur(refunded), 1);
            assert_eq!(found, expect, "{requested:?} after {refunded}");
        }
    }

    #[test]
    fn only_captured_orders_are_refunded() {
        for status in [
            Status::Pending,
            Status::Confirmed,
            Status::Rejected,
            Status::Cancelled,
        ] {
            let found = request(None).amount(status, eur(1000), eur(0), 0);
            assert_eq!(found, Err(Error::NotRefundable("before it is shipped")));
        }
        assert!(
            request(None)
                .amount(Status::Delivered, eur(1000), eur(0), 0)
                .is_ok()
        );
    }

    #[test]
    fn a_free_order_has_nothing_to_refund() {
        let found = request(None).amount(Status::Shipped, eur(0), eur(0), 0);
        assert_eq!(found, Err(Error::NotRefundable("because it was free")));
    }

    #[test]
    fn the_number_of_refunds_is_limited() {
        let cent = request(Some(eur(1)));
        let amount = |count| cent.amount(Status::Shipped, eur(1000), eur(0), count);
        assert_eq!(amount(MAX_REFUNDS - 1), Ok(eur(1)));
        assert_eq!(amount(MAX_REFUNDS), Err(TOO_MANY));
    }

    #[test]
    fn all_violations_of_a_request_are_reported_at_once() {
        let amount = Some(Ok::<_, MoneyError>(eur(0)));
        let error = RefundRequest::new(OrderId::generate(), "a b".to_owned(), amount, " ");
        assert_eq!(
            error.unwrap_err().to_string(),
            "idempotency_key must be 1 to 255 visible ASCII characters; \
             amount must be more than 0; reason must be 1 to 500 characters"
        );
    }
}
