use std::collections::BTreeMap;

use contracts::messages::{Shortage, StockLine};
use kernel::{ProductId, Quantity, Sku, Violations, values};
use serde::{Deserialize, Serialize};

use super::Error;

const DELTA_MAX: i32 = 1_000_000;

/// The stock level of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Level {
    pub(crate) product_id: ProductId,
    pub(crate) sku: Sku,
    /// Units in the warehouse.
    pub(crate) on_hand: u32,
    /// Of those, units of held reservations.
    pub(crate) reserved: u32,
    /// False when the product is archived.
    pub(crate) for_sale: bool,
}

/// A line of a reservation: units of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReservationLine {
    pub(crate) product_id: ProductId,
    pub(crate) quantity: u32,
}

/// What happens to the units of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Movement {
    /// Reserved units leave the warehouse.
    Sell,
    /// Reserved units become available.
    Release,
    /// Sold units return to the warehouse.
    Return,
}

impl Movement {
    /// The change of `(on_hand, reserved)` per unit.
    pub(crate) const fn per_unit(self) -> (i32, i32) {
        match self {
            Self::Sell => (-1, -1),
            Self::Release => (0, -1),
            Self::Return => (1, 0),
        }
    }
}

impl Level {
    /// Units that can be bought now.
    pub(crate) const fn available(&self) -> u32 {
        if self.for_sale {
            self.on_hand.saturating_sub(self.reserved)
        } else {
            0
        }
    }

    /// Whether units are not reserved, even if the product is not for sale.
    pub(crate) const fn is_in_stock(&self) -> bool {
        self.on_hand > self.reserved
    }
}

/// Allocates units for all lines or none. Lines with the same SKU are added up.
///
/// # Errors
/// The shortages, in the order of their SKUs. A SKU without a level has none available.
pub(crate) fn allocate<'l>(
    lines: &[StockLine],
    level: impl Fn(&Sku) -> Option<&'l Level>,
) -> Result<Vec<ReservationLine>, Vec<Shortage>> {
    let mut requested_units: BTreeMap<&Sku, Quantity> = BTreeMap::new();
    for line in lines {
        requested_units
            .entry(&line.sku)
            .and_modify(|quantity| *quantity = quantity.saturating_add(line.quantity))
            .or_insert(line.quantity);
    }
    let mut allocated = Vec::with_capacity(requested_units.len());
    let mut shortages = Vec::new();
    for (sku, requested) in requested_units {
        let level = level(sku);
        match level {
            Some(level) if level.available() >= requested.get() => {
                allocated.push(ReservationLine {
                    product_id: level.product_id,
                    quantity: requested.get(),
                })
            }
            _ => shortages.push(Shortage {
                sku: sku.clone(),
                requested,
                available: level.map_or(0, Level::available),
            }),
        }
    }
    if shortages.is_empty() {
        Ok(allocated)
    } else {
        Err(shortages)
    }
}

/// A validated change of the units on hand by staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Adjustment {
    pub(crate) sku: Sku,
    /// Units to add; negative to remove.
    pub(crate) delta: i32,
    /// The reason, for the journal.
    pub(crate) reason: String,
}

/// Units on hand of one product at most.
const ON_HAND_MAX: u32 = 1_000_000_000;

impl Adjustment {
    /// An adjustment.
    ///
    /// # Errors
    /// All invalid fields.
    pub(crate) fn new(sku: &str, delta: i32, reason: &str) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let sku = violations.take("sku", sku.parse::<Sku>());
        violations.check(
            delta != 0 && (-DELTA_MAX..=DELTA_MAX).contains(&delta),
            "delta",
            "must be between -1,000,000 and 1,000,000, and not 0",
        );
        let reason = violations.value("reason", reason, values::STOCK_REASON);
        let Some(sku) = sku else {
            return Err(violations);
        };
        violations.or(Self { sku, delta, reason })
    }

    /// The level after the change.
    ///
    /// # Errors
    /// On hand would fall below reserved, or exceed 1,000,000,000.
    pub(crate) fn apply(&self, level: &Level) -> Result<Level, Error> {
        let on_hand = i64::from(level.on_hand) + i64::from(self.delta);
        if on_hand < i64::from(level.reserved) {
            return Err(Error::StockInsufficient {
                available: level.on_hand.saturating_sub(level.reserved),
            });
        }
        match u32::try_from(on_hand) {
            Ok(on_hand) if on_hand <= ON_HAND_MAX => Ok(Level {
                on_hand,
                ..level.clone()
            }),
            _ => {
                let message = "must not take the units on hand above 1,000,000,000";
                Err(Violations::one("delta", message).into())
            }
        }
    }
}

#[cfg(test)]
mod tests;
