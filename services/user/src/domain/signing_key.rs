use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// A signing key as far as time is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyTimes {
    pub(crate) kid: Uuid,
    /// When it begins to sign; it is published before.
    pub(crate) activates_at: DateTime<Utc>,
}

/// The rhythm of the signing keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rotation {
    /// A key signs for so long before the next one is made.
    pub(crate) every: Duration,
    /// A key is published for so long before it signs.
    pub(crate) activation_delay: Duration,
    /// A key stays published for so long after the next one has begun to sign: the life of an
    /// access token, and some for clocks that differ.
    pub(crate) linger: Duration,
}

/// What is to be done about the keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Plan {
    /// Make a key that begins to sign then.
    pub(crate) create: Option<DateTime<Utc>>,
    /// Forget these: no token of theirs can be good any more.
    pub(crate) retire: Vec<Uuid>,
}

impl Plan {
    pub(crate) fn is_empty(&self) -> bool {
        self.create.is_none() && self.retire.is_empty()
    }
}

/// The key that signs: the newest of the active ones. When none is active, the one that will be first:
/// our clock is behind that of the replica that made it, or the key that signed was deleted. There is
/// none only when there is no key.
pub(crate) fn signer(keys: &[KeyTimes], now: DateTime<Utc>) -> Option<Uuid> {
    let active = keys.iter().filter(|key| key.activates_at <= now);
    active
        .max_by_key(|key| key.activates_at)
        .or_else(|| keys.iter().min_by_key(|key| key.activates_at))
        .map(|key| key.kid)
}

impl Rotation {
    /// What the schedule asks for.
    pub(crate) fn plan(&self, keys: &[KeyTimes], now: DateTime<Utc>) -> Plan {
        let mut keys = keys.to_vec();
        keys.sort_by_key(|key| key.activates_at);
        let create = match keys.last() {
            // Nobody verifies with our keys yet, so the first one signs at once.
            None => Some(now),
            Some(newest) if newest.activates_at + self.every <= now => {
                Some(now + self.activation_delay)
            }
            Some(_) => None,
        };
        let retire = keys
            .iter()
            .zip(keys.iter().skip(1))
            .filter(|(_, next)| next.activates_at + self.linger <= now)
            .map(|(key, _)| key.kid)
            .collect();
        Plan { create, retire }
    }

    /// When somebody asks for a new key now: the one that is waiting, or the time for one to make.
    pub(crate) fn next(&self, keys: &[KeyTimes], now: DateTime<Utc>) -> Next {
        keys.iter()
            .find(|key| key.activates_at > now)
            .map_or(Next::Create(now + self.activation_delay), |key| {
                Next::Waiting(*key)
            })
    }
}

/// Answer to the wish for a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// There is one already, published and not yet active.
    Waiting(KeyTimes),
    /// Make one that begins to sign then.
    Create(DateTime<Utc>),
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROTATION: Rotation = Rotation {
        every: Duration::days(30),
        activation_delay: Duration::minutes(10),
        linger: Duration::minutes(20),
    };
    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn key(number: u128, activates_at: DateTime<Utc>) -> KeyTimes {
        KeyTimes {
            kid: Uuid::from_u128(number),
            activates_at,
        }
    }

    #[test]
    fn the_first_key_signs_at_once() {
        let plan = ROTATION.plan(&[], START);
        assert_eq!(plan.create, Some(START));
    }

    #[test]
    fn a_replica_whose_clock_is_behind_signs_with_the_first_key_and_makes_no_other() {
        let first = key(1, START + Duration::seconds(2));
        assert!(ROTATION.plan(&[first], START).is_empty());
        assert_eq!(signer(&[first], START), Some(first.kid));
    }

    #[test]
    fn the_next_key_signs_early_when_the_one_before_was_deleted() {
        let next = key(2, START + Duration::minutes(10));
        assert_eq!(signer(&[next], START), Some(next.kid));
        assert_eq!(signer(&[], START), None);
    }

    #[test]
    fn a_key_is_followed_after_its_time_and_only_once() {
        let first = key(1, START);
        let due = START + Duration::days(30);
        assert!(
            ROTATION
                .plan(&[first], due - Duration::seconds(1))
                .is_empty()
        );
        let activates_at = due + Duration::minutes(10);
        assert_eq!(ROTATION.plan(&[first], due).create, Some(activates_at));
        assert!(
            ROTATION
                .plan(&[first, key(2, activates_at)], due)
                .is_empty()
        );
    }

    #[test]
    fn the_old_key_signs_until_the_new_one_is_active() {
        let keys = [key(2, START + Duration::minutes(10)), key(1, START)];
        let at = |minutes| signer(&keys, START + Duration::minutes(minutes));
        assert_eq!(at(9), Some(Uuid::from_u128(1)));
        assert_eq!(at(10), Some(Uuid::from_u128(2)));
        assert_eq!(at(-1), Some(Uuid::from_u128(1)));
    }

    #[test]
    fn an_old_key_stays_until_its_last_token_has_expired() {
        let keys = [key(1, START), key(2, START + Duration::minutes(10))];
        let at = |minutes| {
            ROTATION
                .plan(&keys, START + Duration::minutes(minutes))
                .retire
        };
        assert_eq!(at(29), Vec::<Uuid>::new());
        assert_eq!(at(30), [Uuid::from_u128(1)]);
    }

    #[test]
    fn asking_twice_for_a_new_key_gives_the_one_that_waits() {
        let first = key(1, START);
        let soon = START + Duration::minutes(10);
        assert_eq!(ROTATION.next(&[first], START), Next::Create(soon));
        let second = key(2, soon);
        assert_eq!(
            ROTATION.next(&[first, second], START),
            Next::Waiting(second)
        );
        assert_eq!(
            ROTATION.next(&[first, second], soon),
            Next::Create(soon + Duration::minutes(10))
        );
    }
}
