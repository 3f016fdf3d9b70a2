//! How often people do what.

use crate::dice::Dice;

/// What a browser does next, in so many cases of a hundred.
pub(crate) const BROWSE: [(&str, usize); 4] = [
    ("look at a product", 50),
    ("go through a shelf", 25),
    ("search", 20),
    ("see the categories", 5),
];

/// Payment methods, each used in so many cases of a hundred. Nobody uses one that asks for 3-D Secure:
/// its customers would have to visit the bank.
const CARDS: [(&str, usize); 5] = [
    ("pm_card_visa", 70),
    ("pm_card_mastercard", 15),
    ("pm_card_amex", 5),
    ("pm_card_chargeDeclined", 6),
    ("pm_card_chargeDeclinedInsufficientFunds", 4),
];

/// Products in a cart at most.
const LINES: usize = 3;
/// Units of each at most.
const UNITS: usize = 2;
/// Orders that are sent twice, as by an impatient click, in a hundred.
const SENT_TWICE: usize = 5;
/// Confirmed orders that are cancelled, in a hundred.
const CANCELLED: usize = 8;
/// Products that a browser looks at again, in a hundred: its copy is asked about with its ETag.
const AGAIN: usize = 40;
/// Words that are misspelt, in a hundred.
const MISSPELT: usize = 30;

/// What one checkout is like.
#[derive(Debug)]
pub(crate) struct Trip {
    pub(crate) card: &'static str,
    pub(crate) lines: usize,
    pub(crate) sent_twice: bool,
    pub(crate) cancelled: bool,
}

impl Trip {
    pub(crate) fn plan(dice: &mut Dice) -> Self {
        Self {
            card: drawn(&CARDS, dice),
            lines: 1 + dice.below(LINES),
            sent_twice: dice.percent(SENT_TWICE),
            cancelled: dice.percent(CANCELLED),
        }
    }

    /// Whether the bank will say no.
    pub(crate) fn is_declined(&self) -> bool {
        self.card.contains("Declined")
    }
}

/// Units of a line.
pub(crate) fn units(dice: &mut Dice) -> usize {
    1 + dice.below(UNITS)
}

/// Whether a browser goes back to something that it has seen.
pub(crate) fn looks_again(dice: &mut Dice) -> bool {
    dice.percent(AGAIN)
}

/// A word to search, perhaps with two letters the wrong way round or one of them missing.
pub(crate) fn typed(word: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 || !dice.percent(MISSPELT) {
        return word.to_owned();
    }
    // The first letter is right: people look at it.
    let slip = 1 + dice.below(letters.len() - 2);
    if dice.percent(50) {
        letters.swap(slip, slip + 1);
    } else {
        letters.remove(slip);
    }
    letters.into_iter().collect()
}

fn drawn(shares: &[(&'static str, usize)], dice: &mut Dice) -> &'static str {
    let mut drawn = dice.below(shares.iter().map(|(_, share)| share).sum());
    for (what, share) in shares {
        if drawn < *share {
            return what;
        }
        drawn -= share;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn shares_are_of_a_hundred() {
        let sum = |shares: &[(&str, usize)]| shares.iter().map(|(_, share)| share).sum::<usize>();
        assert_eq!(sum(&BROWSE), 100);
        assert_eq!(sum(&CARDS), 100);
    }

    #[test]
    fn cards_are_used_as_often_as_they_should_be() {
        let mut dice = Dice::new(7, 0);
        let mut used: BTreeMap<&str, usize> = BTreeMap::new();
        for _ in 0..10_000 {
            *used.entry(drawn(&CARDS, &mut dice)).or_default() += 1;
        }
        for (card, share) in CARDS {
            let times = used.get(card).copied().unwrap_or_default();
            assert!(times.abs_diff(share * 100) < 150, "{card}: {times}");
        }
        assert_eq!(used.len(), CARDS.len());
    }

    #[test]
    fn one_seed_is_one_life() {
        let life = |seed, person| {
            let mut dice = Dice::new(seed, person);
            let trips: Vec<_> = (0..50).map(|_| Trip::plan(&mut dice)).collect();
            format!("{trips:?}")
        };
        assert_eq!(life(1, 1), life(1, 1));
        assert_ne!(life(1, 1), life(1, 2));
        assert_ne!(life(1, 1), life(2, 1));
    }

    #[test]
    fn a_typo_keeps_the_first_letter_and_nearly_all_others() {
        let mut dice = Dice::new(7, 0);
        let mut slips = 0;
        for _ in 0..1_000 {
            let word = typed("espresso", &mut dice);
            assert!(word.starts_with('e'), "{word}");
            assert!((7..=8).contains(&word.chars().count()), "{word}");
            slips += usize::from(word != "espresso");
        }
        // A swap of the two s is none.
        assert!((200..400).contains(&slips), "{slips}");
        for _ in 0..100 {
            assert_eq!(typed("tea", &mut dice), "tea");
        }
    }

    #[test]
    fn a_trip_is_never_empty() {
        let mut dice = Dice::new(7, 0);
        for _ in 0..1_000 {
            let trip = Trip::plan(&mut dice);
            assert!((1..=LINES).contains(&trip.lines));
            assert!((1..=UNITS).contains(&units(&mut dice)));
        }
    }
}
