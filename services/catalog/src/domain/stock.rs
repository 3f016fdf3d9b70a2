use std::collections::BTreeMap;

use contracts::messages::{Shortage, StockLine};
use kernel::{ProductId, Quantity, Sku, Violations};

use super::Error;

const DELTA_MAX: i32 = 1_000_000;

/// The units of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Level {
    /// Which product.
    pub(crate) product_id: ProductId,
    /// Its SKU.
    pub(crate) sku: Sku,
    /// Units in the warehouse.
    pub(crate) on_hand: u32,
    /// Of those, units that held reservations ask for.
    pub(crate) reserved: u32,
    /// False when the product is archived.
    pub(crate) for_sale: bool,
}

/// So many units of one product are held for a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hold {
    /// Which product.
    pub(crate) product_id: ProductId,
    /// Units.
    pub(crate) quantity: u32,
}

/// What happens to the units of a hold when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Movement {
    /// Held units leave the warehouse.
    Sell,
    /// Held units can be bought again.
    Free,
    /// Sold units come back to the warehouse.
    Return,
}

impl Movement {
    /// What one unit does to `(on_hand, reserved)`.
    pub(crate) const fn per_unit(self) -> (i32, i32) {
        match self {
            Self::Sell => (-1, -1),
            Self::Free => (0, -1),
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

    /// Whether there are units that nobody reserved, on sale or not.
    pub(crate) const fn is_in_stock(&self) -> bool {
        self.on_hand > self.reserved
    }
}

/// Decides about a reservation: all lines or none. `level` finds the level of a SKU that exists.
///
/// # Errors
/// The lines that fall short, in the order of their SKUs.
pub(crate) fn hold<'l>(
    lines: &[StockLine],
    level: impl Fn(&Sku) -> Option<&'l Level>,
) -> Result<Vec<Hold>, Vec<Shortage>> {
    let mut wanted: BTreeMap<&Sku, Quantity> = BTreeMap::new();
    for line in lines {
        wanted
            .entry(&line.sku)
            .and_modify(|quantity| *quantity = quantity.saturating_add(line.quantity))
            .or_insert(line.quantity);
    }
    let mut holds = Vec::with_capacity(wanted.len());
    let mut shortages = Vec::new();
    for (sku, requested) in wanted {
        let level = level(sku);
        match level {
            Some(level) if level.available() >= requested.get() => holds.push(Hold {
                product_id: level.product_id,
                quantity: requested.get(),
            }),
            _ => shortages.push(Shortage {
                sku: sku.clone(),
                requested,
                available: level.map_or(0, Level::available),
            }),
        }
    }
    if shortages.is_empty() {
        Ok(holds)
    } else {
        Err(shortages)
    }
}

/// A change of the units on hand by staff, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Adjustment {
    /// Which product.
    pub(crate) sku: Sku,
    /// Units to add; negative takes away.
    pub(crate) delta: i32,
    /// Why, for the journal.
    pub(crate) reason: String,
}

impl Adjustment {
    /// An adjustment.
    ///
    /// # Errors
    /// Every field that is not as it must be.
    pub(crate) fn new(sku: &str, delta: i32, reason: &str) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let sku = violations.take("sku", sku.parse::<Sku>());
        violations.check(
            delta != 0 && (-DELTA_MAX..=DELTA_MAX).contains(&delta),
            "delta",
            "must be between -1,000,000 and 1,000,000, and not 0",
        );
        violations.check_text("reason", reason, 1, 200);
        let Some(sku) = sku else {
            return Err(violations);
        };
        violations.or(Self {
            sku,
            delta,
            reason: reason.trim().to_owned(),
        })
    }

    /// The level after the change.
    ///
    /// # Errors
    /// On hand would fall below reserved, or beyond what can be counted.
    pub(crate) fn apply(&self, level: &Level) -> Result<Level, Error> {
        match level.on_hand.checked_add_signed(self.delta) {
            Some(on_hand) if on_hand >= level.reserved && on_hand <= 1_000_000_000 => Ok(Level {
                on_hand,
                ..level.clone()
            }),
            _ => Err(Error::StockInsufficient {
                available: level.on_hand.saturating_sub(level.reserved),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
