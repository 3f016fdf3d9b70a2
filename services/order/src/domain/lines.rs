//! The lines of a cart.

use kernel::{Quantity, Sku};
use serde::{Deserialize, Serialize};

/// The most lines that a cart, and so an order, holds.
pub(crate) const MAX_LINES: usize = 100;

/// A line of a cart, or units of a line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) sku: Sku,
    pub(crate) quantity: Quantity,
}

/// Lines in the order in which they were added, at most one for each SKU.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines(Vec<Line>);

impl Lines {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Line> {
        self.0.iter()
    }

    pub(crate) fn skus(&self) -> impl Iterator<Item = &Sku> {
        self.0.iter().map(|line| &line.sku)
    }

    /// The quantity of a SKU.
    pub(crate) fn get(&self, sku: &Sku) -> Option<Quantity> {
        let mut lines = self.0.iter();
        lines
            .find(|line| line.sku == *sku)
            .map(|line| line.quantity)
    }

    /// Sets the quantity of a SKU, in its place; a new line becomes the last one.
    pub(crate) fn set(&mut self, sku: Sku, quantity: Quantity) {
        match self.0.iter_mut().find(|line| line.sku == sku) {
            Some(line) => line.quantity = quantity,
            None => self.0.push(Line { sku, quantity }),
        }
    }

    pub(crate) fn remove(&mut self, sku: &Sku) {
        self.0.retain(|line| line.sku != *sku);
    }
}

impl FromIterator<(Sku, Quantity)> for Lines {
    fn from_iter<I: IntoIterator<Item = (Sku, Quantity)>>(lines: I) -> Self {
        let mut collected = Self::default();
        for (sku, quantity) in lines {
            collected.set(sku, quantity);
        }
        collected
    }
}
