//! Which harm comes when. The same seed gives the same list, whatever the shop does meanwhile.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::faults::FaultKind;

/// Between the beginnings of two faults, in milliseconds.
const GAP: std::ops::Range<u64> = 900..3_200;
/// The first comes when customers have begun to shop.
const FIRST: Duration = Duration::from_secs(2);
/// Nothing begins so shortly before the end.
const LAST: Duration = Duration::from_secs(3);

/// One fault to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// After customers began to shop.
    pub(crate) at: Duration,
    pub(crate) kind: FaultKind,
    /// How long it shall last.
    pub(crate) hold: Duration,
    /// Chooses the target and the details.
    pub(crate) draw: u64,
}

/// How often each kind comes for a hundred faults, about, and for how many milliseconds it lasts.
const fn nature(kind: FaultKind) -> (usize, std::ops::Range<u64>) {
    match kind {
        FaultKind::Kill => (22, 0..1),
        FaultKind::Freeze => (12, 1_000..15_000),
        FaultKind::CrashPostgres => (2, 0..1),
        FaultKind::RestartBroker => (2, 0..1),
        FaultKind::CutBroker => (5, 0..1),
        FaultKind::FlushRedis => (4, 0..1),
        FaultKind::LoseRedis => (4, 2_000..10_000),
        FaultKind::SlowNetwork => (9, 3_000..15_000),
        FaultKind::CutNetwork => (12, 500..10_000),
        FaultKind::LostAnswers => (6, 1_000..8_000),
        FaultKind::ProviderErrors => (6, 1_000..8_000),
        FaultKind::ProviderSlow => (4, 3_000..10_000),
        FaultKind::Webhooks => (6, 5_000..15_000),
        FaultKind::Duplicates => (6, 3_000..12_000),
        FaultKind::ClockSkew => (4, 10_000..40_000),
        FaultKind::Expire => (6, 0..1),
    }
}

/// Faults of these kinds for so long. Each kind comes once before any comes as often as it likes.
pub(crate) fn schedule(seed: u64, length: Duration, kinds: &[FaultKind]) -> Vec<Planned> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut deck = kinds.to_vec();
    deck.shuffle(&mut random);
    // Dealt from its end.
    deck.reverse();
    let mut at = FIRST;
    let mut planned = Vec::new();
    while at + LAST < length && !kinds.is_empty() {
        if deck.is_empty() {
            for kind in kinds {
                deck.extend(std::iter::repeat_n(*kind, nature(*kind).0));
            }
            deck.shuffle(&mut random);
        }
        if let Some(kind) = deck.pop() {
            let hold = Duration::from_millis(random.random_range(nature(kind).1));
            planned.push(Planned {
                at,
                kind,
                hold,
                draw: random.random(),
            });
        }
        at += Duration::from_millis(random.random_range(GAP));
    }
    planned
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::ValueEnum;

    use super::*;

    #[test]
    fn a_seed_decides_every_fault() {
        let length = Duration::from_secs(600);
        let all = FaultKind::value_variants();
        assert_eq!(schedule(7, length, all), schedule(7, length, all));
        assert_ne!(schedule(7, length, all), schedule(8, length, all));
    }

    #[test]
    fn ten_minutes_hold_two_hundred_faults_and_one_minute_every_kind() {
        let all = FaultKind::value_variants();
        for seed in 0..50 {
            let long = schedule(seed, Duration::from_secs(600), all);
            assert!(long.len() >= 200, "{}", long.len());
            let short = schedule(seed, Duration::from_secs(60), all);
            let kinds: BTreeSet<_> = short.iter().map(|fault| fault.kind).collect();
            assert_eq!(kinds.len(), all.len());
        }
    }

    #[test]
    fn only_the_wanted_kinds_come_and_none_when_none_is_wanted() {
        let length = Duration::from_secs(60);
        let kills = schedule(1, length, &[FaultKind::Kill]);
        assert!(kills.iter().all(|fault| fault.kind == FaultKind::Kill));
        assert!(kills.len() > 10);
        assert!(schedule(1, length, &[]).is_empty());
    }
}
