//! Where the time of a checkout went: the share of each step.

use chrono::TimeDelta;

use super::{
    duration,
    layout::{WIDTH, label_width},
    step::Step,
};

/// Between two steps.
const GAP: i32 = 3;

/// A step's part of a bar that is as wide as the drawing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) x: i32,
    pub(super) width: i32,
    /// The service, as the class in style sheets.
    pub(super) class: &'static str,
    /// `Reserve stock 7.9 ms`.
    pub(super) title: String,
    /// Whether the title fits below the part.
    pub(super) is_labeled: bool,
}

/// The shares of steps that followed each other; none of a single step.
pub(super) fn of(steps: &[(Step, TimeDelta)]) -> Vec<Share> {
    let micros = |took: &TimeDelta| took.num_microseconds().unwrap_or_default().max(0);
    let total: i64 = steps.iter().map(|(_, took)| micros(took)).sum();
    if steps.len() < 2 || total == 0 {
        return Vec::new();
    }
    let place = |before: i64| {
        let x = i128::from(before) * i128::from(WIDTH) / i128::from(total);
        i32::try_from(x).unwrap_or(WIDTH)
    };
    let mut before = 0;
    let mut shares = Vec::with_capacity(steps.len());
    for (step, took) in steps {
        let x = place(before);
        before += micros(took);
        let width = (place(before) - x - GAP).max(1);
        let title = format!("{} {}", step.label(), duration::text(*took));
        shares.push(Share {
            x,
            width,
            class: step.lane().name(),
            is_labeled: label_width(&title) <= width,
            title,
        });
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_as_wide_as_their_steps_were_long() {
        let ms = TimeDelta::milliseconds;
        let shares = of(&[
            (Step::Reserve, ms(10)),
            (Step::Authorize, ms(29)),
            (Step::Commit, ms(1)),
        ]);
        let places: Vec<_> = shares.iter().map(|share| (share.x, share.width)).collect();
        assert_eq!(places, [(0, 237), (240, 693), (936, 21)]);
        let labeled: Vec<_> = shares.iter().map(|share| share.is_labeled).collect();
        assert_eq!(labeled, [true, true, false]);
        assert_eq!(shares[0].title, "Reserve stock 10 ms");
        assert!(of(&[(Step::Reserve, ms(10))]).is_empty());
        assert!(of(&[(Step::Reserve, ms(0)), (Step::Authorize, ms(0))]).is_empty());
    }
}
