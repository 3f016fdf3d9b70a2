//! The fault schedule. It depends on the seed, the length and the kinds only, not on the cluster.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::faults::FaultKind;

/// Time between the beginnings of two faults, in milliseconds.
const GAP_MS: std::ops::Range<u64> = 900..3_200;
/// When the first fault begins; clients are buying by then.
const FIRST: Duration = Duration::from_secs(2);
/// No fault begins in this time before the end.
const MARGIN: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlannedFault {
    /// Since the start of fault injection.
    pub(crate) at: Duration,
    pub(crate) kind: FaultKind,
    pub(crate) duration: Duration,
    /// A random number that selects the target and the variant.
    pub(crate) draw: u64,
}

/// The weight of a kind (about its number in a hundred faults) and its duration in milliseconds.
const fn weight_and_duration_ms(kind: FaultKind) -> (usize, std::ops::Range<u64>) {
    match kind {
        FaultKind::Kill => (22, 0..1),
        FaultKind::Pause => (12, 1_000..15_000),
        FaultKind::CrashPostgres => (2, 0..1),
        FaultKind::CrashRabbitmq => (2, 0..1),
        FaultKind::CloseAmqpConnections => (5, 0..1),
        FaultKind::FlushRedis => (4, 0..1),
        FaultKind::RedisOutage => (4, 2_000..10_000),
        FaultKind::SlowNetwork => (9, 3_000..15_000),
        FaultKind::Partition => (12, 500..10_000),
        FaultKind::LostAnswers => (6, 1_000..8_000),
        FaultKind::ProviderErrors => (6, 1_000..8_000),
        FaultKind::ProviderSlow => (4, 3_000..10_000),
        FaultKind::Webhooks => (6, 5_000..15_000),
        FaultKind::Duplicates => (6, 3_000..12_000),
        FaultKind::ClockSkew => (4, 10_000..40_000),
        FaultKind::ExpireAuthorization => (6, 0..1),
    }
}

/// Faults of these kinds for a run of `length`. Each kind occurs once before the weights apply.
pub(crate) fn schedule(seed: u64, length: Duration, kinds: &[FaultKind]) -> Vec<PlannedFault> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut deck = kinds.to_vec();
    deck.shuffle(&mut random);
    // `pop` takes from the end.
    deck.reverse();
    let mut at = FIRST;
    let mut planned = Vec::new();
    while at + MARGIN < length && !kinds.is_empty() {
        if deck.is_empty() {
            for kind in kinds {
                deck.extend(std::iter::repeat_n(*kind, weight_and_duration_ms(*kind).0));
            }
            deck.shuffle(&mut random);
        }
        if let Some(kind) = deck.pop() {
            let duration =
                Duration::from_millis(random.random_range(weight_and_duration_ms(kind).1));
            planned.push(PlannedFault {
                at,
                kind,
                duration,
                draw: random.random(),
            });
        }
        at += Duration::from_millis(random.random_range(GAP_MS));
    }
    planned
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::ValueEnum;

    use super::*;

    #[test]
    fn the_seed_determines_every_fault() {
        let length = Duration::from_secs(600);
        let all = FaultKind::value_variants();
        assert_eq!(schedule(7, length, all), schedule(7, length, all));
        assert_ne!(schedule(7, length, all), schedule(8, length, all));
    }

    #[test]
    fn ten_minutes_have_two_hundred_faults_and_one_minute_has_every_kind() {
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
    fn only_the_selected_kinds_are_scheduled() {
        let length = Duration::from_secs(60);
        let kills = schedule(1, length, &[FaultKind::Kill]);
        assert!(kills.iter().all(|fault| fault.kind == FaultKind::Kill));
        assert!(kills.len() > 10);
        assert!(schedule(1, length, &[]).is_empty());
    }
}
