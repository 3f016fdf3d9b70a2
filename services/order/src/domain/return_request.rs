use chrono::{DateTime, Duration, Utc};
use kernel::{Money, OrderId, ReturnId, Violations, values};

use super::Error;
use super::checkout::check_key;
use super::lines::Line;
use super::returns::{Return, ReturnReason, ReturnStatus};
use super::sold_order::{SoldOrder, parse_lines};
use super::units::{at_most, total_share};

/// The most returns of an order, withdrawn ones included.
const MAX_RETURNS: usize = 20;

/// When customers may ask for a return, and which returns need no decision by staff.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReturnRules {
    /// The time after the delivery in which customers may ask.
    pub(crate) period: Duration,
    /// The time after the delivery in which a return is approved at once; 0: never.
    pub(crate) automatic_period: Duration,
    /// The most that automatic approvals refund of one order, in minor units.
    pub(crate) automatic_max: i64,
}

/// A valid request for a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReturnRequest {
    pub(crate) order_id: OrderId,
    pub(crate) key: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) reason: ReturnReason,
    pub(crate) note: String,
}

impl ReturnRequest {
    /// Checks every field and reports all violations at once. A line is a SKU and a quantity.
    pub(crate) fn new(
        order_id: OrderId,
        key: String,
        lines: &[(String, u32)],
        reason: Option<ReturnReason>,
        note: &str,
    ) -> Result<Self, Error> {
        let mut violations = Violations::new();
        check_key(&mut violations, &key);
        violations.check(!lines.is_empty(), "lines", "must not be empty");
        let lines = parse_lines(&mut violations, lines);
        let value = match reason {
            Some(ReturnReason::Other) => values::RETURN_NOTE.required(),
            _ => values::RETURN_NOTE,
        };
        let note = violations.value("note", note, value);
        let Some(reason) = reason else {
            violations.add("reason", "must be a reason for a return");
            return Err(violations.into());
        };
        Ok(violations.or(Self {
            order_id,
            key,
            lines,
            reason,
            note,
        })?)
    }

    /// The return to open.
    pub(crate) fn decide(
        &self,
        sold: &SoldOrder,
        rules: &ReturnRules,
        now: DateTime<Utc>,
    ) -> Result<Return, Error> {
        if !sold.is_shipped() {
            return Err(Error::NotReturnable("before it is shipped"));
        }
        if sold.delivered_at.is_some_and(|at| now - at > rules.period) {
            return Err(Error::NotReturnable(
                "any more: the period for returns is over",
            ));
        }
        if sold.returns.len() >= MAX_RETURNS {
            return Err(Error::NotReturnable("more than 20 times"));
        }
        Ok(Return {
            id: ReturnId::generate(),
            order_id: sold.order.id,
            customer_id: sold.order.customer_id,
            status: ReturnStatus::Requested,
            reason: self.reason,
            note: self.note.clone(),
            units: sold.units_to_return(&self.lines)?,
            decision: None,
            created_at: now,
        })
    }
}

impl ReturnRules {
    /// Whether a new return is approved at once: within the period after the delivery, and only as long as all
    /// automatic approvals of the order stay within the maximum, so that splitting a return gains nothing.
    pub(crate) fn approve(
        &self,
        sold: &SoldOrder,
        new: &Return,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let in_time = |at: DateTime<Utc>| now - at < self.automatic_period;
        if !sold.delivered_at.is_some_and(in_time) {
            return Ok(false);
        }
        let share = new.default_amount(sold.left()?)?;
        let automatic = sold.returns.iter().map(|earlier| &earlier.record);
        let automatic = automatic.filter(|earlier| earlier.is_automatic());
        let amounts = automatic.filter_map(|earlier| earlier.decision.as_ref()?.amount);
        let sum = Money::sum(share.currency(), amounts)?.plus(share)?;
        Ok(sum.minor_units() <= self.automatic_max)
    }
}

impl Return {
    /// What an approval grants by default: the share of the units, or what is left if that is less.
    pub(crate) fn default_amount(&self, left: Money) -> Result<Money, Error> {
        let share = total_share(&self.units)?;
        Ok(share.map_or(Money::zero(left.currency()), |share| {
            at_most(share.total, left)
        }))
    }
}

#[cfg(test)]
mod tests;
