//! Adding lines to a cart as far as they fit: at sign-in, and when an order is rejected.

use kernel::{Quantity, Sku};

use super::lines::{Line, Lines, MAX_LINES};
use super::offers::{ExcludedLine, LineReason, Offers};
use super::pricing::Sum;

/// What became of lines that were added to a cart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Joined {
    /// The units that are in the cart now.
    pub(crate) moved: Lines,
    /// The units that did not fit. Together with `moved`, everything that was to be added.
    pub(crate) left: Vec<ExcludedLine>,
}

impl Joined {
    /// Units that were added to the cart.
    pub(crate) fn moved_units(&self) -> u32 {
        units(self.moved.iter().map(|line| line.quantity))
    }

    /// Units that did not fit.
    pub(crate) fn left_units(&self) -> u32 {
        units(self.left.iter().map(|line| line.quantity))
    }
}

fn units(quantities: impl Iterator<Item = Quantity>) -> u32 {
    quantities.map(Quantity::get).fold(0, u32::saturating_add)
}

/// Moves what fits of a guest's cart into the customer's: lines that are for sale, in the currency of the customer's
/// cart, within the limits of a line and of a cart. Both carts keep the order of their lines.
pub(crate) fn merge_carts(own: &mut Lines, guest: &mut Lines, offers: &Offers) -> Joined {
    let mut sum = Sum::of(own, offers);
    let joined = join(own, guest, |sku, quantity| {
        let product = offers.find(sku)?;
        sum.add(product.price, quantity).map(drop)
    });
    let left = joined.left.iter();
    *guest = left.map(|line| (line.sku.clone(), line.quantity)).collect();
    joined
}

/// Adds the lines of a rejected order to the lines that the cart has by now. Prices are not known here: a line that
/// cannot be sold any more is shown as such when the cart is read.
pub(crate) fn return_lines(cart: &mut Lines, order: &Lines) -> Joined {
    join(cart, order, |_, _| Ok(()))
}

/// Quantities of the same SKU add up. `admit` decides about the units that the limits allow.
fn join(
    cart: &mut Lines,
    added: &Lines,
    mut admit: impl FnMut(&Sku, Quantity) -> Result<(), LineReason>,
) -> Joined {
    let mut joined = Joined::default();
    for line in added.iter() {
        let capacity = capacity(cart, line);
        let admitted = capacity.and_then(|units| admit(&line.sku, units).map(|()| units));
        let (moved, reason) = match admitted {
            Ok(moved) => (moved.get(), LineReason::LineFull),
            Err(reason) => (0, reason),
        };
        if let Ok(quantity) = Quantity::new(moved) {
            let sum = cart.get(&line.sku).map(|has| has.saturating_add(quantity));
            cart.set(line.sku.clone(), sum.unwrap_or(quantity));
            joined.moved.set(line.sku.clone(), quantity);
        }
        if let Ok(quantity) = Quantity::new(line.quantity.get() - moved) {
            let sku = line.sku.clone();
            joined.left.push(ExcludedLine {
                sku,
                quantity,
                reason,
            });
        }
    }
    joined
}

/// How many units of a line the cart has capacity for.
fn capacity(cart: &Lines, line: &Line) -> Result<Quantity, LineReason> {
    match cart.get(&line.sku) {
        None if cart.len() >= MAX_LINES => Err(LineReason::CartFull),
        None => Ok(line.quantity),
        Some(has) => Quantity::new(line.quantity.get().min(Quantity::MAX - has.get()))
            .map_err(|_| LineReason::LineFull),
    }
}

#[cfg(test)]
mod tests;
