//! The workload mix: what users do, and how often.

use crate::rng::Rng;

/// Transactions of a browser with their shares in percent.
pub(crate) const BROWSE: [(&str, usize); 4] = [
    ("view product", 50),
    ("list category", 25),
    ("search", 20),
    ("list categories", 5),
];

/// Payment methods with their shares in percent. None requires 3-D Secure, because the buyers do not
/// complete challenges.
const CARDS: [(&str, usize); 5] = [
    ("pm_card_visa", 70),
    ("pm_card_mastercard", 15),
    ("pm_card_amex", 5),
    ("pm_card_chargeDeclined", 6),
    ("pm_card_chargeDeclinedInsufficientFunds", 4),
];

/// Most lines of a cart.
const MAX_LINES: usize = 3;
/// Most units of a line.
const MAX_UNITS: usize = 2;
/// Orders that are sent twice with one idempotency key, as after a double click.
const SENT_TWICE_PERCENT: usize = 5;
/// Confirmed orders that the customer cancels.
const CANCELED_PERCENT: usize = 8;
/// Product views that repeat an earlier one, with its ETag.
const REVISIT_PERCENT: usize = 40;
/// Search words with a typo.
const TYPO_PERCENT: usize = 30;

/// The decisions of one checkout.
#[derive(Debug)]
pub(crate) struct CheckoutPlan {
    pub(crate) card: &'static str,
    pub(crate) lines: usize,
    pub(crate) is_sent_twice: bool,
    pub(crate) is_canceled: bool,
}

impl CheckoutPlan {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        Self {
            card: weighted(&CARDS, rng),
            lines: 1 + rng.below(MAX_LINES),
            is_sent_twice: rng.percent(SENT_TWICE_PERCENT),
            is_canceled: rng.percent(CANCELED_PERCENT),
        }
    }

    /// Whether the provider declines the card.
    pub(crate) fn is_declined(&self) -> bool {
        self.card.contains("Declined")
    }
}

/// Units of a line.
pub(crate) fn units(rng: &mut Rng) -> usize {
    1 + rng.below(MAX_UNITS)
}

/// Whether a browser views a product again.
pub(crate) fn revisits(rng: &mut Rng) -> bool {
    rng.percent(REVISIT_PERCENT)
}

/// The word as typed: sometimes two letters are swapped or one is missing.
pub(crate) fn typed(word: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 || !rng.percent(TYPO_PERCENT) {
        return word.to_owned();
    }
    // Typos in the first letter are rare.
    let index = 1 + rng.below(letters.len() - 2);
    if rng.percent(50) {
        letters.swap(index, index + 1);
    } else {
        letters.remove(index);
    }
    letters.into_iter().collect()
}

/// One of the items, each with its share as weight.
fn weighted(shares: &[(&'static str, usize)], rng: &mut Rng) -> &'static str {
    let mut position = rng.below(shares.iter().map(|(_, share)| share).sum());
    for (item, share) in shares {
        if position < *share {
            return item;
        }
        position -= share;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn shares_add_up_to_100_percent() {
        let sum = |shares: &[(&str, usize)]| shares.iter().map(|(_, share)| share).sum::<usize>();
        assert_eq!(sum(&BROWSE), 100);
        assert_eq!(sum(&CARDS), 100);
    }

    #[test]
    fn cards_are_used_by_their_shares() {
        let mut rng = Rng::new(7, 0);
        let mut used: BTreeMap<&str, usize> = BTreeMap::new();
        for _ in 0..10_000 {
            *used.entry(weighted(&CARDS, &mut rng)).or_default() += 1;
        }
        for (card, share) in CARDS {
            let times = used.get(card).copied().unwrap_or_default();
            assert!(times.abs_diff(share * 100) < 150, "{card}: {times}");
        }
        assert_eq!(used.len(), CARDS.len());
    }

    #[test]
    fn plans_depend_only_on_seed_and_user() {
        let plans = |seed, user| {
            let mut rng = Rng::new(seed, user);
            let plans: Vec<_> = (0..50).map(|_| CheckoutPlan::new(&mut rng)).collect();
            format!("{plans:?}")
        };
        assert_eq!(plans(1, 1), plans(1, 1));
        assert_ne!(plans(1, 1), plans(1, 2));
        assert_ne!(plans(1, 1), plans(2, 1));
    }

    #[test]
    fn a_typo_keeps_the_first_letter_and_most_others() {
        let mut rng = Rng::new(7, 0);
        let mut typos = 0;
        for _ in 0..1_000 {
            let word = typed("espresso", &mut rng);
            assert!(word.starts_with('e'), "{word}");
            assert!((7..=8).contains(&word.chars().count()), "{word}");
            typos += usize::from(word != "espresso");
        }
        // Swapping the two letters s is not a typo.
        assert!((200..400).contains(&typos), "{typos}");
        for _ in 0..100 {
            assert_eq!(typed("tea", &mut rng), "tea");
        }
    }

    #[test]
    fn a_checkout_has_lines_and_units_within_bounds() {
        let mut rng = Rng::new(7, 0);
        for _ in 0..1_000 {
            let plan = CheckoutPlan::new(&mut rng);
            assert!((1..=MAX_LINES).contains(&plan.lines));
            assert!((1..=MAX_UNITS).contains(&units(&mut rng)));
        }
    }
}
