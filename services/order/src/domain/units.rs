//! Which units of an order's lines a refund or a return is about.

use kernel::{Money, Sku};
use serde::{Deserialize, Serialize};

use super::Error;
use super::totals::Totals;

/// Consecutive units of a line. Each unit of a line has a number, so that its share of the order's amounts is the same
/// whatever is refunded before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Units {
    /// The line, counted from 1.
    pub(crate) position: u32,
    /// The first unit of the line, counted from 1.
    pub(crate) first: u32,
    pub(crate) count: u32,
}

/// Consecutive units with what they cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnitShare {
    pub(crate) units: Units,
    pub(crate) sku: Sku,
    pub(crate) share: Totals,
}

impl Units {
    /// The number of the last unit.
    pub(crate) const fn last(self) -> u32 {
        self.first.saturating_add(self.count).saturating_sub(1)
    }

    const fn has(self, position: u32, unit: u32) -> bool {
        self.position == position && self.first <= unit && unit <= self.last()
    }
}

/// The first `wanted` units of a line of `quantity` units that are not `taken`; with fewer free units, their number.
pub(crate) fn first_free(
    position: u32,
    quantity: u32,
    taken: &[Units],
    wanted: u32,
) -> Result<Vec<Units>, u32> {
    let of_line: Vec<Units> = taken
        .iter()
        .copied()
        .filter(|units| units.position == position)
        .collect();
    let is_free = |unit: &u32| !of_line.iter().any(|units| units.has(position, *unit));
    let mut found: Vec<Units> = Vec::new();
    let mut count = 0;
    for unit in (1..=quantity).filter(is_free) {
        if count == wanted {
            break;
        }
        count += 1;
        match found.last_mut() {
            Some(run) if run.last() + 1 == unit => run.count += 1,
            _ => found.push(Units {
                position,
                first: unit,
                count: 1,
            }),
        }
    }
    match count == wanted {
        true => Ok(found),
        false => Err(count),
    }
}

/// What the units cost together; none if there are none.
pub(crate) fn total_share(shares: &[UnitShare]) -> Result<Option<Totals>, Error> {
    let mut shares = shares.iter().map(|unit| unit.share);
    let Some(first) = shares.next() else {
        return Ok(None);
    };
    shares.try_fold(first, Totals::plus).map(Some)
}

/// The number of units by SKU, in the order of the lines.
pub(crate) fn units_by_sku(shares: &[UnitShare]) -> Vec<(&Sku, u32)> {
    let mut lines: Vec<(&Sku, u32)> = Vec::new();
    for UnitShare { units, sku, .. } in shares {
        match lines.last_mut() {
            Some((last, count)) if *last == sku => *count = count.saturating_add(units.count),
            _ => lines.push((sku, units.count)),
        }
    }
    lines
}

/// An amount, or `left` if that is less.
pub(crate) fn at_most(amount: Money, left: Money) -> Money {
    match amount.minor_units() > left.minor_units() {
        true => left,
        false => amount,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn units(first: u32, count: u32) -> Units {
        Units {
            position: 1,
            first,
            count,
        }
    }

    #[test]
    fn the_first_free_units_are_taken_also_across_gaps() {
        let taken = [units(1, 2), units(4, 1)];
        assert_eq!(first_free(1, 6, &taken, 1), Ok(vec![units(3, 1)]));
        assert_eq!(
            first_free(1, 6, &taken, 3),
            Ok(vec![units(3, 1), units(5, 2)])
        );
    }

    #[test]
    fn more_units_than_are_free_are_refused_with_their_number() {
        assert_eq!(first_free(1, 3, &[units(2, 2)], 2), Err(1));
        assert_eq!(first_free(1, 3, &[units(1, 3)], 1), Err(0));
    }

    #[test]
    fn units_of_another_line_are_not_taken() {
        assert_eq!(
            first_free(2, 3, &[units(1, 3)], 3),
            Ok(vec![Units {
                position: 2,
                first: 1,
                count: 3
            }])
        );
    }
}
