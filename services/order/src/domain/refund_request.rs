use kernel::{Money, OrderId, Violations, values};

use super::Error;
use super::checkout::check_key;
use super::lines::Line;
use super::refund::Refund;
use super::sold_order::{SoldOrder, parse_lines};
use super::units::{UnitShare, at_most, total_share};

/// The most refunds of an order, failed ones included. The order is returned with all of them.
const MAX_REFUNDS: usize = 50;
const TOO_MANY: Error = Error::NotRefundable("more than 50 times");

/// A valid request for a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefundRequest {
    pub(crate) order_id: OrderId,
    pub(crate) key: String,
    /// The units to refund; none for a refund of an amount.
    pub(crate) lines: Vec<Line>,
    /// None for the share of the units, or for everything that is left.
    pub(crate) amount: Option<Money>,
    pub(crate) reason: String,
}

impl RefundRequest {
    /// Checks every field and reports all violations at once. A line is a SKU and a quantity.
    pub(crate) fn new<E: std::fmt::Display>(
        order_id: OrderId,
        key: String,
        lines: &[(String, u32)],
        amount: Option<Result<Money, E>>,
        reason: &str,
    ) -> Result<Self, Error> {
        let mut violations = Violations::new();
        check_key(&mut violations, &key);
        let lines = parse_lines(&mut violations, lines);
        let amount = amount.and_then(|amount| violations.take("amount", amount));
        violations.check(
            amount.is_none_or(|amount| amount.minor_units() > 0),
            "amount",
            "must be more than 0",
        );
        let reason = violations.value("reason", reason, values::REFUND_REASON);
        Ok(violations.or(Self {
            order_id,
            key,
            lines,
            amount,
            reason,
        })?)
    }

    /// The refund to make, with its units.
    pub(crate) fn decide(&self, sold: &SoldOrder) -> Result<(Refund, Vec<UnitShare>), Error> {
        check_refundable(sold)?;
        let units = sold.units_to_refund(&self.lines)?;
        let left = sold.left()?;
        let share = total_share(&units)?.map_or(left, |share| at_most(share.total, left));
        let amount = self.amount.unwrap_or(share);
        if amount.currency() != left.currency() {
            let message = format_args!("must be in {}", left.currency());
            return Err(Violations::one("amount", message).into());
        }
        if amount.minor_units() > left.minor_units() || left.is_zero() {
            return Err(Error::RefundExceedsCaptured(left));
        }
        if amount.is_zero() {
            return Err(Error::NotRefundable("for these units: they were free"));
        }
        Ok((Refund::new(sold.order.id, amount), units))
    }
}

/// Whether one more refund of the order can be requested.
pub(super) fn check_refundable(sold: &SoldOrder) -> Result<(), Error> {
    if !sold.is_shipped() {
        return Err(Error::NotRefundable("before it is shipped"));
    }
    if sold.order.total.is_zero() {
        return Err(Error::NotRefundable("because it was free"));
    }
    if sold.refunds.len() >= MAX_REFUNDS {
        return Err(TOO_MANY);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
