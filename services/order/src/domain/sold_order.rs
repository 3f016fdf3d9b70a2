//! A sold order with everything that was given back: the state that refunds and returns are decided on.

use chrono::{DateTime, Utc};
use kernel::{Money, ReturnId, Sku, Violations};

use super::Error;
use super::allocation::Allocation;
use super::lines::{Line, MAX_LINES};
use super::order::{Order, Status};
use super::record::{RefundRecord, SoldLine};
use super::refund::RefundStatus;
use super::returns::{Return, ReturnStatus};
use super::totals::Totals;
use super::units::{UnitShare, Units, first_free};

/// A refund or a return of the same order that was requested before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Earlier<T> {
    /// The idempotency key of its request.
    pub(crate) key: String,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) record: T,
}

impl<T: Clone> Earlier<T> {
    /// What the same request made before.
    ///
    /// # Errors
    /// The key was used for another request.
    pub(crate) fn replay(
        earlier: &[Self],
        key: &str,
        fingerprint: &[u8],
    ) -> Result<Option<T>, Error> {
        match earlier.iter().find(|earlier| earlier.key == key) {
            None => Ok(None),
            Some(same) if same.fingerprint == fingerprint => Ok(Some(same.record.clone())),
            Some(_) => Err(Error::KeyReused),
        }
    }
}

/// A locked order: nothing of it changes until the commit.
#[derive(Debug, Clone)]
pub(crate) struct SoldOrder {
    pub(crate) order: Order,
    pub(crate) lines: Vec<SoldLine>,
    pub(crate) totals: Totals,
    /// None before the delivery.
    pub(crate) delivered_at: Option<DateTime<Utc>>,
    pub(crate) refunds: Vec<Earlier<RefundRecord>>,
    pub(crate) returns: Vec<Earlier<Return>>,
}

impl SoldOrder {
    /// Whether its payment was captured, if it has one.
    pub(crate) fn is_shipped(&self) -> bool {
        matches!(self.order.status, Status::Shipped | Status::Delivered)
    }

    /// What is left of the total after the refunds that did not fail.
    pub(crate) fn left(&self) -> Result<Money, Error> {
        let refunds = self.lasting_refunds().map(|refund| refund.amount);
        let refunded = Money::sum(self.order.total.currency(), refunds)?;
        Ok(self.order.total.minus(refunded)?)
    }

    /// A return of this order.
    pub(crate) fn find_return(&self, id: ReturnId) -> Result<Return, Error> {
        let mut returns = self.returns.iter().map(|earlier| &earlier.record);
        let found = returns.find(|one| one.id == id);
        found.cloned().ok_or(Error::ReturnNotFound)
    }

    /// The units to refund: neither refunded nor in an open return.
    pub(crate) fn units_to_refund(&self, wanted: &[Line]) -> Result<Vec<UnitShare>, Error> {
        let mut taken = self.refunded_units();
        taken.extend(self.returned_units(&[ReturnStatus::Requested]));
        self.pick(wanted, &taken, |sku, left| Error::RefundExceedsBought {
            sku,
            left,
        })
    }

    /// The units to return: neither refunded nor in a return that is open or approved.
    pub(crate) fn units_to_return(&self, wanted: &[Line]) -> Result<Vec<UnitShare>, Error> {
        let mut taken = self.refunded_units();
        taken.extend(self.returned_units(&[ReturnStatus::Requested, ReturnStatus::Approved]));
        self.pick(wanted, &taken, |sku, left| Error::ReturnExceedsBought {
            sku,
            left,
        })
    }

    fn pick(
        &self,
        wanted: &[Line],
        taken: &[Units],
        exceeded: impl Fn(Sku, u32) -> Error,
    ) -> Result<Vec<UnitShare>, Error> {
        let allocation = Allocation::new(&self.lines, &self.totals)?;
        let mut shares = Vec::with_capacity(wanted.len());
        for (index, Line { sku, quantity }) in wanted.iter().enumerate() {
            let mut sold = (1..).zip(&self.lines);
            let Some((position, line)) = sold.find(|(_, line)| line.sku == *sku) else {
                let field = format!("lines[{index}].sku");
                return Err(Violations::one(field, "is not in this order").into());
            };
            let free = first_free(position, line.quantity.get(), taken, quantity.get());
            for units in free.map_err(|left| exceeded(sku.clone(), left))? {
                shares.push(UnitShare {
                    units,
                    sku: sku.clone(),
                    share: allocation.share(units)?,
                });
            }
        }
        Ok(shares)
    }

    fn lasting_refunds(&self) -> impl Iterator<Item = &RefundRecord> {
        let refunds = self.refunds.iter().map(|earlier| &earlier.record);
        refunds.filter(|refund| refund.status != RefundStatus::Failed)
    }

    fn refunded_units(&self) -> Vec<Units> {
        let shares = self.lasting_refunds().flat_map(|refund| &refund.units);
        shares.map(|share| share.units).collect()
    }

    fn returned_units(&self, statuses: &[ReturnStatus]) -> Vec<Units> {
        let returns = self.returns.iter().map(|earlier| &earlier.record);
        let returns = returns.filter(|one| statuses.contains(&one.status));
        let shares = returns.flat_map(|one| &one.units);
        shares.map(|share| share.units).collect()
    }
}

/// The lines of a request: SKU and quantity of each, every SKU once. Adds the violations of all of them.
pub(crate) fn parse_lines(violations: &mut Violations, lines: &[(String, u32)]) -> Vec<Line> {
    if lines.len() > MAX_LINES {
        violations.add("lines", format_args!("must be at most {MAX_LINES} lines"));
        return Vec::new();
    }
    let mut parsed: Vec<Line> = Vec::with_capacity(lines.len());
    for (index, (sku, quantity)) in lines.iter().enumerate() {
        let field = format!("lines[{index}].sku");
        let sku = violations.take(&field, Sku::try_from(sku.clone()));
        if sku
            .as_ref()
            .is_some_and(|sku| parsed.iter().any(|line| line.sku == *sku))
        {
            violations.add(field, "must not be there twice");
        }
        let field = format!("lines[{index}].quantity");
        let quantity = violations.take(&field, kernel::Quantity::new(*quantity));
        parsed.extend(
            sku.zip(quantity)
                .map(|(sku, quantity)| Line { sku, quantity }),
        );
    }
    parsed
}

#[cfg(test)]
pub(super) mod tests;
